// Files that are cut off or whose header and data disagree: accepted if Pillow accepts them.
#include <gtest/gtest.h>

#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/image.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::fixture;
using test::fixture_table;

/// Returns the error of decoding, or "".
std::string error_of(std::string_view bytes, const DecodeOptions& options = {}) {
  try {
    decode_image(as_bytes(bytes), "picture", options);
  } catch (const ImageError& error) {
    return error.what();
  }
  return "";
}

TEST(Truncation, CutFilesAreJudgedAsPillowDoes) {
  const auto rows = fixture_table("cuts.tsv");
  ASSERT_GT(rows.size(), 1000u);
  for (const auto& row : rows) {
    const std::string kept = fixture(row[0]).substr(0, std::stoul(row[1]));
    EXPECT_EQ(error_of(kept).empty(), row[2] == "ok") << row[0] << " cut to " << row[1] << " bytes";
  }
}

TEST(Truncation, AlteredFiles) {
  const auto rows = fixture_table("altered.tsv");
  ASSERT_GT(rows.size(), 70u);
  for (const auto& row : rows) {
    std::string file = fixture(row[1]);
    size_t at = std::stoul(row[2]);
    for (size_t i = 0; i < row[3].size(); i += 2) {
      file.at(at++) = char(std::stoi(row[3].substr(i, 2), nullptr, 16));
    }
    EXPECT_EQ(error_of(file).empty(), row[5] == "ok") << row[0] << ", " << row[1];
  }
}

/// A few bytes that claim a picture of 1.6 GB are rejected without allocating it.
TEST(Truncation, HugeClaimsAllocateNothing) {
  constexpr DecodeOptions no_limit{.max_pixels = UINT64_MAX};
  const std::pair<const char*, const char*> claims[] = {
      {"P6 40000 40000 255\n", "picture: the file is cut off within the pixels"},
      {"P1 40000 40000\n1", "picture: the file is cut off within the pixels"},
      {"P6 4000000 1 255\n", "picture: 4000000 x 1 pixels; a side may have 1048576 at most"},
      {"P5 99999999999 1 255\n", "picture: a PNM number is too large"},
      {"P5 40000 40000", "picture: the file is cut off"}};
  for (const auto& [file, error] : claims) EXPECT_EQ(error_of(file, no_limit), error);

  std::string jpeg = fixture("baseline.jpg");
  const size_t size_at = jpeg.find("\xff\xc0") + 5;
  jpeg.replace(size_at, 4, "\x9c\x40\x9c\x40");
  EXPECT_EQ(error_of(jpeg),
            "picture: 40000 x 40000 pixels is over the limit of 200000000; raise "
            "--max-pixels");
  EXPECT_NE(error_of(jpeg, no_limit).find("bytes cannot hold them"), std::string::npos);
}

}  // namespace
}  // namespace saccade
