#include "vision/decode/exif.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/vision/decode_fixtures.h"

namespace saccade {
namespace {

using namespace std::string_literals;
using test::as_bytes;

int orientation(const std::string& exif, const std::string& xmp = "") {
  return find_orientation(as_bytes(exif), as_bytes(xmp));
}

/// A little-endian EXIF block with one entry: tag, type, count and value field.
std::string block(const std::string& entry) {
  return "II*\0\x08\0\0\0\x01\0"s + entry + "\0\0\0\0"s;
}

TEST(FindOrientation, ShortAndLongInBothByteOrders) {
  EXPECT_EQ(orientation(block("\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s)), 6);
  EXPECT_EQ(orientation(block("\x12\x01\x04\0\x01\0\0\0\x05\0\0\0"s)), 5);
  EXPECT_EQ(orientation("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"s), 3);
  EXPECT_EQ(orientation("Exif\0\0"s + block("\x12\x01\x03\0\x01\0\0\0\x08\0\0\0"s)), 8);
}

TEST(FindOrientation, AbsentOrUnreadableIsOne) {
  EXPECT_EQ(orientation(""), 1);
  EXPECT_EQ(orientation("Exif\0\0"s), 1);
  EXPECT_EQ(orientation("II*\0\xff\xff\xff\xff"s), 1);
  EXPECT_EQ(orientation(block("\x0f\x01\x03\0\x01\0\0\0\x06\0\0\0"s)), 1);
  EXPECT_EQ(orientation("XX*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s), 1);
}

TEST(FindOrientation, OfSeveralValuesTheFirst) {
  EXPECT_EQ(orientation(block("\x12\x01\x03\0\x02\0\0\0\x06\0\x03\0"s)), 6);
  EXPECT_EQ(orientation(block("\x12\x01\x03\0\x02\0\0\0\x09\0\x06\0"s)), 0);
}

TEST(FindOrientation, SignedNumbersButNotBytesAndText) {
  EXPECT_EQ(orientation(block("\x12\x01\x09\0\x01\0\0\0\x06\0\0\0"s)), 6);
  EXPECT_EQ(orientation(block("\x12\x01\x06\0\x01\0\0\0\x06\0\0\0"s)), 6);
  EXPECT_EQ(orientation(block("\x12\x01\x01\0\x01\0\0\0\x06\0\0\0"s)), 0);
  EXPECT_EQ(orientation(block("\x12\x01\x02\0\x01\0\0\0\x06\0\0\0"s)), 0);
  EXPECT_EQ(orientation(block("\x12\x01\x04\0\x01\0\0\0\x06\0\x01\0"s)), 0);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(char(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// Every type of field with several counts and places, with and without XMP.
TEST(FindOrientation, EqualsPillow) {
  const auto rows = test::table_rows(test::wild_path("exif.tsv"));
  ASSERT_GT(rows.size(), 300u);
  for (const auto& row : rows) {
    const int found = orientation(bytes_of_hex(row[0]), bytes_of_hex(row[1]));
    const int applied = found >= 1 && found <= 8 ? found : 1;
    EXPECT_EQ(applied, std::stoi(row[2])) << row[0] << (row[1].empty() ? "" : ", with XMP");
  }
}

TEST(FindOrientation, XmpCountsOnlyWithoutExif) {
  const std::string attribute = "<a tiff:Orientation=\"6\"/>";
  EXPECT_EQ(orientation("", attribute), 6);
  EXPECT_EQ(orientation("", "<tiff:Orientation>8</tiff:Orientation>"), 8);
  EXPECT_EQ(orientation("", "tiff:Orientation"), 1);
  EXPECT_EQ(orientation("", "tiff:Orientation='3' tiff:Orientation=\"4\""), 4);
  EXPECT_EQ(orientation(block("\x12\x01\x03\0\x01\0\0\0\x03\0\0\0"s), attribute), 3);
}

}  // namespace
}  // namespace saccade
