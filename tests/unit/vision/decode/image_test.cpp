#include "vision/decode/image.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "tests/support/temp_dir.h"
#include "tests/unit/vision/decode_fixtures.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::fixture;
using test::fixture_path;
using test::fixture_table;

std::string pixels_of(const cv::Mat& image) {
  const cv::Mat packed = image.isContinuous() ? image : image.clone();
  return {reinterpret_cast<const char*>(packed.data), packed.total() * packed.elemSize()};
}

int largest_difference(std::string_view a, std::string_view b) {
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(int(uint8_t(a[i])) - int(uint8_t(b[i]))));
  }
  return largest;
}

/// 64-bit FNV-1a, in the format of make_decode_fixtures.py.
std::string digest(std::string_view text) {
  uint64_t value = 0xCBF29CE484222325;
  for (const char c : text) value = (value ^ uint8_t(c)) * 0x100000001B3;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(value));
  return hex;
}

/// Returns the error of reading, or "".
std::string error_of(const std::filesystem::path& file, const DecodeOptions& options = {}) {
  try {
    read_image(file, options);
  } catch (const ImageError& error) {
    return error.what();
  }
  return "";
}

TEST(ReadImage, EqualsPillow) {
  const auto rows = fixture_table("pictures.tsv");
  ASSERT_GT(rows.size(), 90u);
  for (const auto& row : rows) {
    SCOPED_TRACE(row[0]);
    cv::Mat image;
    ASSERT_NO_THROW(image = read_image(fixture_path(row[0])));
    ASSERT_EQ(image.type(), CV_8UC3);
    ASSERT_EQ(image.cols, std::stoi(row[1]));
    ASSERT_EQ(image.rows, std::stoi(row[2]));
    const std::string wanted = fixture(row[0] + ".rgb");
    ASSERT_EQ(pixels_of(image).size(), wanted.size());
    EXPECT_LE(largest_difference(pixels_of(image), wanted), std::stoi(row[3]));
  }
}

TEST(ReadImage, WithoutExifEqualsPillowWithoutTranspose) {
  const auto rows = fixture_table("plain.tsv");
  ASSERT_GT(rows.size(), 15u);
  for (const auto& row : rows) {
    SCOPED_TRACE(row[0]);
    const cv::Mat image = read_image(fixture_path(row[0]), {.apply_exif = false});
    ASSERT_EQ(image.cols, std::stoi(row[1]));
    ASSERT_EQ(image.rows, std::stoi(row[2]));
    EXPECT_EQ(digest(pixels_of(image)), row[3]);
  }
}

TEST(ReadImage, PixelLimitIsInclusive) {
  const auto file = fixture_path("rgb.png");
  EXPECT_EQ(error_of(file, {.max_pixels = 27 * 21}), "");
  const std::string error = error_of(file, {.max_pixels = 27 * 21 - 1});
  EXPECT_NE(error.find("27 x 21 pixels is over the limit of 566"), std::string::npos) << error;
}

TEST(ReadImage, ErrorsNameTheFileAndTheProblem) {
  const test::TempDir folder;
  const auto ends_with = [](const std::string& text, std::string_view end) {
    return text.ends_with(end) ? testing::AssertionSuccess() : testing::AssertionFailure() << text;
  };
  EXPECT_TRUE(ends_with(error_of(folder.path() / "none.png"),
                        "/none.png: cannot be opened: No such file or directory"));
  EXPECT_TRUE(ends_with(error_of(folder.path()), ": is a folder, not a regular file"));
  EXPECT_TRUE(ends_with(error_of(folder.write("empty.jpg", "")), "/empty.jpg: the file is empty"));
  EXPECT_TRUE(ends_with(error_of(folder.write("a.psd", "8BPS\0\1")),
                        ": a Photoshop document (PSD); convert it to JPEG, PNG, WebP, TIFF, BMP, "
                        "PNM, GIF, AVIF, HEIF or JPEG 2000"));
  EXPECT_TRUE(ends_with(error_of(folder.write("a.txt", "hello, world")),
                        ": not a picture of a known format; convert it to JPEG, PNG, WebP, TIFF, "
                        "BMP, PNM, GIF, AVIF, HEIF or JPEG 2000"));
}

TEST(ReadImage, UnreadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const test::TempDir folder;
  const auto file = folder.write("secret.png", fixture("rgb.png"));
  chmod(file.c_str(), 0);
  const std::string error = error_of(file);
  EXPECT_NE(error.find("cannot be opened: Permission denied"), std::string::npos) << error;
}

TEST(ReadImage, PathOfAnyBytes) {
  const test::TempDir folder;
  const auto file = folder.write("\xff\xfe name\n.jpg", fixture("baseline.jpg"));
  EXPECT_EQ(error_of(file), "");
}

TEST(ReadImage, DoesNotWaitForAPipe) {
  const test::TempDir folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_of(pipe), pipe.string() + ": is a FIFO, not a regular file");
}

/// OpenCV and Pillow use different builds of libjpeg-turbo, but decode photographs to the same
/// bytes.
TEST(ReadImage, PhotographsEqualPillowsBytes) {
  const std::filesystem::path folder = "images/imagenet";
  SACCADE_NEED_SHARED(folder);
  const auto rows = fixture_table("photos.tsv");
  ASSERT_EQ(rows.size(), 40u);
  for (const auto& row : rows) {
    const cv::Mat image = read_image(test::shared_path(folder / row[0]));
    EXPECT_EQ(image.cols, std::stoi(row[1])) << row[0];
    EXPECT_EQ(digest(pixels_of(image)), row[3]) << row[0];
  }
}

TEST(ReadImage, SeveralThreadsAgree) {
  const std::string bytes = fixture("progressive.jpg"), wanted = fixture("progressive.jpg.rgb");
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (std::string& result : results) {
    threads.emplace_back([&] { result = pixels_of(decode_image(as_bytes(bytes), "picture")); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) EXPECT_EQ(result, wanted);
}

}  // namespace
}  // namespace saccade
