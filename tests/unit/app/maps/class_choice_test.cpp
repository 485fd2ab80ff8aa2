#include "app/maps/class_choice.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

const Labels kLabels{{"tabby, tabby cat", "Egyptian cat", "crane", "crane", "maillot",
                      "maillot, tank suit", "top hat"},
                     {"n02123045", "n02124075", "n02012849", "n03126707", "n3", "n4", "n5"}};
constexpr int64_t kClasses = 7;

int64_t found(const std::string& text) { return class_named("class", text, kLabels, kClasses); }

TEST(ClassNamed, ByIndexSynonymDescriptionOrSynset) {
  EXPECT_EQ(found("6"), 6);
  EXPECT_EQ(found("0"), 0);
  EXPECT_EQ(found("tabby"), 0);
  EXPECT_EQ(found("Tabby Cat"), 0);
  EXPECT_EQ(found("tabby, tabby cat"), 0);
  EXPECT_EQ(found("EGYPTIAN CAT"), 1);
  EXPECT_EQ(found(" tank suit "), 5);
  EXPECT_EQ(found("N02124075"), 1);
}

TEST(ClassNamed, AWholeDescriptionComesBeforeASynonym) { EXPECT_EQ(found("maillot"), 4); }

TEST(ClassNamed, SeveralClassesAreRefusedWithTheirIndices) {
  expect_error<UsageError>([] { found("crane"); },
                           {"--class", "\"crane\"", "class 2", "class 3", "index:2 or index:3"});
}

TEST(ClassNamed, AnUnknownNameGetsTheNearest) {
  expect_error<UsageError>([] { found("tabi cat"); },
                           {"\"tabi cat\"", "did you mean \"tabby cat\""});
  expect_error<UsageError>([] { found("zeppelin"); }, {"\"zeppelin\"", "an index or a name"});
  expect_error<UsageError>([] { found("cat\n"); }, {"\\n"});
}

TEST(ClassNamed, ANumberThatIsALabelAndAnIndexIsRefused) {
  const Labels digits{{"3", "1", "4", "0", "2"}, {}};
  const auto digit = [&](const std::string& text) {
    return class_named("versus", text, digits, 5);
  };
  expect_error<UsageError>([&] { digit("2"); }, {"--versus", "the label of class 4", "the index 2",
                                                 "index:2", "label:2"});
  EXPECT_EQ(digit("index:2"), 2);
  EXPECT_EQ(digit("label:2"), 4);
  EXPECT_EQ(digit("1"), 1);
}

TEST(ClassNamed, NothingIsNoName) {
  const Labels labels{{"tabby, ", ", cat"}, {}};  // with an empty synonym
  for (const char* text : {"", "  "}) {
    expect_error<UsageError>([&] { class_named("class", text, labels, 1); },
                             {"--class", "an index or a name"});
  }
}

TEST(ClassNamed, AnIndexOutOfRangeGetsTheRange) {
  for (const char* text : {"7", "99999999999999999999"}) {
    expect_error<UsageError>([&] { class_named("versus", text, kLabels, kClasses); },
                             {"--versus", "from 0 to 6", text});
  }
}

TEST(ClassNamed, AModelWithoutLabelsHasIndices) {
  EXPECT_EQ(class_named("class", "2", {}, 3), 2);
  expect_error<UsageError>([] { class_named("class", "cat", {}, 3); }, {"\"cat\""});
}

TEST(ClassChoice, TopIsTheBestAndTopNSeveral) {
  EXPECT_EQ(class_choice("top", kLabels, kClasses).best, 1);
  EXPECT_FALSE(class_choice("top", kLabels, kClasses).index);
  EXPECT_EQ(class_choice("top3", kLabels, kClasses).best, 3);
  EXPECT_EQ(class_choice("top100", kLabels, kClasses).best, 100);
  EXPECT_EQ(class_choice("top hat", kLabels, kClasses).index, 6);
  EXPECT_EQ(class_choice("5", kLabels, kClasses).index, 5);
}

TEST(ClassChoice, TopZeroAndTooMuchAreRefused) {
  for (const char* text : {"top0", "top99999999999999999999"}) {
    expect_error<UsageError>([&] { class_choice(text, kLabels, kClasses); }, {"--class", text});
  }
}

}  // namespace
}  // namespace saccade
