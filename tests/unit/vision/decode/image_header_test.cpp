#include "vision/decode/image_header.h"

#include <gtest/gtest.h>

#include "tests/unit/vision/decode_fixtures.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::fixture;
using test::fixture_table;

ImageHeader header_of(const std::string& name) {
  return read_image_header(as_bytes(fixture(name)), name);
}

TEST(SniffImage, RecognisesFormatsByTheirFirst16Bytes) {
  const std::pair<const char*, ImageFormat> files[] = {{"baseline.jpg", ImageFormat::jpeg},
                                                       {"grey.png", ImageFormat::png},
                                                       {"lossy.webp", ImageFormat::webp},
                                                       {"lossless.webp", ImageFormat::webp},
                                                       {"lossy_alpha.webp", ImageFormat::webp},
                                                       {"raw.tif", ImageFormat::tiff},
                                                       {"mm.tif", ImageFormat::tiff},
                                                       {"big.tif", ImageFormat::tiff},
                                                       {"rgb.bmp", ImageFormat::bmp},
                                                       {"p1.pbm", ImageFormat::pnm},
                                                       {"p6.ppm", ImageFormat::pnm}};
  for (const auto& [name, format] : files) {
    const std::string head = fixture(name).substr(0, 16);
    EXPECT_EQ(sniff_image(as_bytes(head)), format) << name;
    EXPECT_TRUE(is_image(as_bytes(head)));
  }
}

TEST(SniffImage, RejectsOtherFiles) {
  for (const char* head : {"", "P", "P6", "P7\n", "B", "\xff\xd8", "\x89PNG", "II*", "GIF8",
                           "{\"a\": 1}", "RIFF....WAVEfmt ", "P6x", "hello"}) {
    EXPECT_FALSE(is_image(as_bytes(head))) << head;
  }
}

TEST(ReadImageHeader, SizeOfEveryKind) {
  for (const auto& row : fixture_table("pictures.tsv")) {
    const ImageHeader header = header_of(row[0]);
    const bool turned = header.orientation >= 5;
    EXPECT_EQ(turned ? header.height : header.width, std::stoi(row[1])) << row[0];
    EXPECT_EQ(turned ? header.width : header.height, std::stoi(row[2])) << row[0];
  }
}

TEST(ReadImageHeader, OrientationOutsideOneToEightIsOne) {
  EXPECT_EQ(header_of("orientation_8.jpg").orientation, 8);
  EXPECT_EQ(header_of("orientation_0.jpg").orientation, 1);
  EXPECT_EQ(header_of("orientation_9.jpg").orientation, 1);
  EXPECT_EQ(header_of("orientation_65535.jpg").orientation, 1);
  EXPECT_EQ(header_of("baseline.jpg").orientation, 1);
}

TEST(ReadImageHeader, DepthAndGrey) {
  EXPECT_EQ(header_of("rgb_16bit.png").bit_depth, 16);
  EXPECT_FALSE(header_of("rgb_16bit.png").grey);
  EXPECT_TRUE(header_of("grey_16bit_big.tif").grey);
  EXPECT_EQ(header_of("grey_16bit_big.tif").bit_depth, 16);
  EXPECT_FALSE(header_of("palette.tif").grey);
  EXPECT_FALSE(header_of("grey_alpha_16bit.png").grey);
}

TEST(ReadImageHeader, OneLineThatNamesTheFile) {
  try {
    read_image_header(as_bytes("BM"), "some/file.bmp");
    FAIL() << "no error";
  } catch (const ImageError& error) {
    EXPECT_STREQ(error.what(), "some/file.bmp: the file is cut off");
  }
}

/// Every prefix succeeds or throws ImageError; sanitizers check for other errors.
TEST(ReadImageHeader, EveryPrefix) {
  for (const auto& row : fixture_table("pictures.tsv")) {
    const std::string whole = fixture(row[0]);
    for (size_t size = 0; size < std::min<size_t>(whole.size(), 300); ++size) {
      const std::vector<char> exact(whole.begin(), whole.begin() + std::ptrdiff_t(size));
      try {
        const ImageHeader header = read_image_header(std::as_bytes(std::span(exact)), row[0]);
        EXPECT_GT(header.width * header.height, 0);
      } catch (const ImageError&) {
      }
    }
  }
}

}  // namespace
}  // namespace saccade
