// Pictures as phones, cameras and the web make them: equal to what Pillow reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/codec_library.h"
#include "vision/decode/image.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::file_text;
using test::table_rows;
using test::wild_path;

/// Returns whether the error says that a codec library is not there.
bool lacks_library(const std::string& error) {
  return error.find("this build lacks") != error.npos ||
         error.find("cannot be loaded") != error.npos;
}

int largest_of_differences(const cv::Mat& image, std::string_view wanted) {
  int largest = 0;
  for (int y = 0; y < image.rows; ++y) {
    const size_t width = size_t(image.cols) * 3;
    for (size_t i = 0; i < width; ++i) {
      const int other = int(uint8_t(wanted[size_t(y) * width + i]));
      largest = std::max(largest, std::abs(int(image.ptr(y)[i]) - other));
    }
  }
  return largest;
}

/// Compares the files that a table names with the pixels beside them. Returns how many it read.
size_t compare(const std::filesystem::path& folder, const std::string& table,
               const std::string& pixels, const DecodeOptions& options) {
  size_t count = 0;
  for (const auto& row : table_rows(folder / table)) {
    SCOPED_TRACE(row[0]);
    cv::Mat image;
    try {
      image = read_image(folder / row[0], options);
    } catch (const ImageError& error) {
      EXPECT_TRUE(lacks_library(error.what())) << error.what();
      continue;
    }
    ++count;
    EXPECT_EQ(image.cols, std::stoi(row[1]));
    EXPECT_EQ(image.rows, std::stoi(row[2]));
    const std::string wanted = file_text(folder / (row[0] + pixels));
    if (image.type() != CV_8UC3 || image.total() * 3 != wanted.size()) continue;
    const int tolerance = row.size() > 3 ? std::stoi(row[3]) : 2;
    EXPECT_LE(largest_of_differences(image, wanted), tolerance);
  }
  return count;
}

TEST(WildPictures, EqualPillow) {
  EXPECT_GT(compare(wild_path(""), "pictures.tsv", ".rgb", {}), 20u);
}

TEST(WildPictures, WithoutOrientationEqualPillow) {
  EXPECT_GT(compare(wild_path(""), "plain.tsv", ".plain.rgb", {.apply_exif = false}), 5u);
}

/// Hundreds of files that `make_wild_fixtures.py COUNT FOLDER` wrote.
TEST(WildPictures, ManyEqualPillow) {
  const char* folder = std::getenv("SACCADE_WILD_PICTURES");
  if (!folder) GTEST_SKIP() << "SACCADE_WILD_PICTURES names no folder";
  EXPECT_GT(compare(folder, "pictures.tsv", ".rgb", {}), 20u);
}

TEST(WildPictures, FirstBytesTellTheFormat) {
  const std::pair<const char*, ImageFormat> files[] = {
      {"palette.gif", ImageFormat::gif},    {"old.gif", ImageFormat::gif},
      {"avif_420.avif", ImageFormat::avif}, {"avif_sequence.avif", ImageFormat::avif},
      {"heic_420.heic", ImageFormat::heif}, {"rgb.jp2", ImageFormat::jpeg2000},
      {"rgb.j2k", ImageFormat::jpeg2000}};
  for (const auto& [name, format] : files) {
    const std::string head = file_text(wild_path(name)).substr(0, 16);
    EXPECT_EQ(sniff_image(as_bytes(head)), format) << name;
  }
}

/// Every format is refused by its header before a pixel is decoded.
TEST(WildPictures, PixelLimit) {
  for (const char* name :
       {"palette.gif", "avif_420.avif", "heic_420.heic", "rgb.jp2", "float.tif", "sticker.webp"}) {
    try {
      read_image(wild_path(name), {.max_pixels = 27 * 21 - 1});
      ADD_FAILURE() << name << " was read";
    } catch (const ImageError& error) {
      const std::string text = error.what();
      EXPECT_TRUE(lacks_library(text) ||
                  text.find("27 x 21 pixels is over the limit of 566") != text.npos)
          << text;
    }
  }
}

/// Every beginning of a file is read or refused with one line; sanitizers check for other errors.
TEST(WildPictures, CutFilesAreReadOrRefused) {
  for (const auto& row : table_rows(wild_path("pictures.tsv"))) {
    const std::string whole = file_text(wild_path(row[0]));
    for (size_t kept = 0; kept < whole.size(); kept += 1 + whole.size() / 24) {
      try {
        decode_image(as_bytes(whole.substr(0, kept)), "cut");
      } catch (const ImageError& error) {
        EXPECT_EQ(std::string(error.what()).find("cut: "), 0u) << error.what();
      }
    }
  }
}

TEST(WildPictures, CutFilesAreJudgedAsPillowDoes) {
  for (const auto& row : table_rows(wild_path("cuts.tsv"))) {
    const std::string kept = file_text(wild_path(row[0])).substr(0, std::stoul(row[1]));
    std::string error;
    try {
      decode_image(as_bytes(kept), "cut");
    } catch (const ImageError& refusal) {
      error = refusal.what();
    }
    if (lacks_library(error)) continue;
    EXPECT_EQ(error.empty(), row[2] == "ok") << row[0] << " cut to " << row[1] << ": " << error;
  }
}

std::string refusal_of(const Codec& codec) {
  try {
    CodecLibrary library(codec);
    library.function<void()>("no_such_function");
  } catch (const ImageError& error) {
    return error.what();
  }
  return "loaded";
}

TEST(CodecLibrary, ErrorsNameThePackage) {
  EXPECT_EQ(refusal_of({"GIF", "giflib", "", "libgif-dev"}),
            "this build lacks giflib, which reads GIF; convert the picture to JPEG or PNG, or "
            "install libgif-dev and build again");
  const std::string absent = refusal_of({"GIF", "giflib", "libabsent.so.7", "libgif-dev"});
  EXPECT_EQ(absent.find("GIF is read by giflib, which cannot be loaded (libabsent.so.7: "), 0u)
      << absent;
  EXPECT_TRUE(absent.ends_with("; install libabsent7")) << absent;
  const std::string digit = refusal_of({"JPEG 2000", "OpenJPEG", "libabsent2.so.7", ""});
  EXPECT_TRUE(digit.ends_with("; install libabsent2-7")) << digit;
  const std::string old = refusal_of({"maths", "libm", "libm.so.6", ""});
  EXPECT_EQ(old, "libm (libm.so.6) lacks the function no_such_function; install a newer libm6");
}

/// What the error of each of the five says when a build lacks it.
TEST(CodecLibrary, EachOfTheFiveSaysWhatIsMissing) {
  for (const auto& [codec, package] :
       {std::pair(&giflib_codec, "libgif-dev"), std::pair(&libheif_codec, "libheif-dev"),
        std::pair(&libavif_codec, "libavif-dev"), std::pair(&openjpeg_codec, "libopenjp2-7-dev"),
        std::pair(&libtiff_codec, "libtiff-dev")}) {
    const std::string error = refusal_of({codec->formats, codec->library, "", codec->development});
    EXPECT_NE(error.find(codec->library), error.npos) << error;
    EXPECT_NE(error.find(package), error.npos) << error;
  }
}

TEST(AvailableCodecs, OneLineForEachLibrary) {
  const std::vector<std::string> lines = available_codecs();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines.front().find("GIF: giflib ("), 0u) << lines.front();
}

}  // namespace
}  // namespace saccade
