#include "weights/base/text_utf8.h"

#include <gtest/gtest.h>

#include "weights/base/text.h"

namespace saccade {
namespace {

TEST(Utf8, ValidOrNot) {
  for (const char* text :
       {"", "cat", "\xc3\xa9", "\xe7\x8c\xab", "\xf0\x9f\x90\x88", "\xef\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  // A lone continuation, a cut sequence, an overlong form, a surrogate, above U+10FFFF, Latin-1.
  for (const char* text :
       {"\x80", "\xe7\x8c", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\xe9", "\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8, PrefixesEndBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("\xc3\xa9\xc3\xa9", 3), "\xc3\xa9");
  EXPECT_EQ(utf8_prefix("\xc3\xa9\xc3\xa9", 4), "\xc3\xa9\xc3\xa9");
  EXPECT_EQ(utf8_prefix("ab", 0), "");
  EXPECT_EQ(utf8_prefix("\xff\xff", 1), "\xff");
}

TEST(FoldedName, CaseAndNormalisationDoNotMatter) {
  EXPECT_EQ(folded_name(" Egyptian Cat\t"), "egyptian cat");
  EXPECT_EQ(folded_name("STRASSE"), folded_name("Stra\xc3\x9f"
                                                "e"));
  EXPECT_EQ(folded_name("CAF\xc3\x89"), "caf\xc3\xa9");
  EXPECT_EQ(folded_name("cafe\xcc\x81"), "caf\xc3\xa9");  // macOS
  EXPECT_EQ(folded_name("\xce\xa3\xce\x9f\xce\xa3"),
            folded_name("\xcf\x83\xce\xbf\xcf\x82"));                              // Greek
  EXPECT_EQ(folded_name("\xd0\x9a\xd0\x9e\xd0\xa2"), "\xd0\xba\xd0\xbe\xd1\x82");  // Cyrillic
  EXPECT_EQ(folded_name("\xe1\x84\x80\xe1\x85\xa1"), "\xea\xb0\x80");  // Hangul of macOS
  EXPECT_NE(folded_name("crane"), folded_name("cr\xc3\xa2ne"));
}

TEST(FoldedName, OtherBytesStay) {
  EXPECT_EQ(folded_name("CAF\xe9 \xc3\x89"), "caf\xe9 \xc3\xa9");
  EXPECT_EQ(folded_name("\xff"), "\xff");
  EXPECT_EQ(folded_name("  "), "");
}

TEST(ClosestMatch, CountsCharacters) {
  const std::vector<std::string_view> names{"\xd0\xba\xd0\xbe\xd1\x82", "\xd1\x81\xd0\xbe\xd0\xb1"};
  EXPECT_EQ(closest_match("\xd0\xba\xd0\xb8\xd1\x82", names), names[0]);
  EXPECT_EQ(closest_match("\xd0\xb6", names), std::nullopt);  // one character of two bytes
}

TEST(TerminalText, IsShownAndNotObeyed) {
  EXPECT_EQ(terminal_text("caf\xc3\xa9\tx\ny"), "caf\xc3\xa9\tx\ny");
  EXPECT_EQ(terminal_text("\x1b[2J\r\x7f"), "\\u001b[2J\\u000d\\u007f");
  EXPECT_EQ(terminal_text("\xc2\x9b \xe2\x80\xae \xe2\x81\xa9"), "\\u009b \\u202e \\u2069");
  EXPECT_EQ(terminal_text("\x9b \xff"), "\\x9b \\xff");  // no UTF-8
}

TEST(Quote, Utf8StaysReadable) {
  EXPECT_EQ(quote("\xc3\xa5 \xe7\x8c\xab"), "\"\xc3\xa5 \xe7\x8c\xab\"");
  EXPECT_EQ(quote("caf\xe9"), "\"caf\\xe9\"");
  EXPECT_EQ(quote("\xc2\x85\xe2\x80\xae"), "\"\\xc2\\x85\\u202e\"");
  const std::string cut = quote(std::string(119, 'x') + "\xc3\xa9");
  EXPECT_EQ(cut, '"' + std::string(119, 'x') + "\"...");
}

}  // namespace
}  // namespace saccade
