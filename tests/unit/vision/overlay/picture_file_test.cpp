#include "vision/overlay/picture_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TempDir;

/// Smooth, and different in every channel.
cv::Mat gradient(int width, int height) {
  cv::Mat rgb(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      rgb.at<cv::Vec3b>(y, x) = {static_cast<uint8_t>(255 * x / width),
                                 static_cast<uint8_t>(255 * y / height), 40};
    }
  }
  return rgb;
}

cv::Mat noise(int width, int height) {
  cv::Mat rgb(height, width, CV_8UC3);
  cv::randu(rgb, 0, 256);
  return rgb;
}

void write_picture(const fs::path& file, const cv::Mat& rgb) {
  const std::vector<uint8_t> bytes = encode_picture(file, rgb);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

TEST(EncodePicture, ChoosesTheFormatByTheName) {
  const TempDir folder;
  const cv::Mat rgb = gradient(90, 60);
  struct Case {
    const char* name;
    std::string signature;
    double largest_error;
  };
  for (const Case& c :
       {Case{"a.png", "\x89PNG", 0}, Case{"b.PNG", "\x89PNG", 0}, Case{"c.jpg", "\xFF\xD8\xFF", 12},
        Case{"d.JPeG", "\xFF\xD8\xFF", 12}, Case{"e.v2.webp", "RIFF", 12}}) {
    const fs::path file = folder.path() / c.name;
    write_picture(file, rgb);
    EXPECT_EQ(bytes_of(file).substr(0, c.signature.size()), c.signature) << c.name;
    const cv::Mat back = read_image(file);
    ASSERT_EQ(back.size(), rgb.size());
    EXPECT_LE(cv::norm(back, rgb, cv::NORM_INF), c.largest_error) << c.name;
  }
  EXPECT_EQ(names_in(folder.path()).size(), 5u);
}

TEST(EncodePicture, EncodesThePartOfAPicture) {
  const TempDir folder;
  const cv::Mat rgb = noise(80, 50);
  const cv::Mat part = rgb(cv::Rect(11, 7, 40, 30));
  write_picture(folder.path() / "part.png", part);
  EXPECT_EQ(cv::norm(read_image(folder.path() / "part.png"), part, cv::NORM_INF), 0);
}

TEST(EncodePicture, RejectsOtherExtensions) {
  const TempDir folder;
  for (const char* name : {"a.gif", "a.tiff", "a", ".png", "a.png.", "a.npy"}) {
    const fs::path file = folder.path() / name;
    expect_error<UsageError>([&] { encode_picture(file, gradient(4, 4)); },
                             {file.string(), ".png", ".jpg", ".jpeg", ".webp"});
  }
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(EncodePicture, ChecksTheSizeLimitOfTheFormat) {
  const TempDir folder;
  const cv::Mat wide(1, 70'000, CV_8UC3, cv::Scalar(9, 9, 9));
  testing::internal::CaptureStderr();
  for (const char* name : {"a.webp", "a.jpg"}) {
    const fs::path file = folder.path() / name;
    expect_error<ImageError>([&] { encode_picture(file, wide); },
                             {file.string(), "70000x1", "--image-format png"});
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  write_picture(folder.path() / "a.png", wide);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a.png"});
}

TEST(EncodePicture, RejectsAnEmptyPicture) {
  EXPECT_THROW(encode_picture("a.png", {}), std::invalid_argument);
  EXPECT_THROW(encode_picture("a.png", cv::Mat(2, 2, CV_8UC1)), std::invalid_argument);
}

TEST(BeginsAsOurPng, KnowsWhatWasWritten) {
  const auto text = [](const std::vector<uint8_t>& bytes) {
    return std::string(bytes.begin(), bytes.end());
  };
  EXPECT_TRUE(begins_as_our_png(text(encode_picture("a.png", gradient(8, 8)))));
  EXPECT_TRUE(begins_as_our_png(text(encode_png16(std::vector<uint16_t>{1}, {1, 1}))));
  std::vector<uint8_t> other;
  cv::imencode(".png", gradient(8, 8), other);
  EXPECT_FALSE(begins_as_our_png(text(other)));
  EXPECT_FALSE(begins_as_our_png(""));
}

TEST(EncodePng16, KeepsEveryBit) {
  const std::vector<uint16_t> values{0, 1, 255, 256, 0x1234, 65535};
  const std::vector<uint8_t> file = encode_png16(values, {2, 3});
  const cv::Mat back = cv::imdecode(file, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(back.type(), CV_16UC1);
  ASSERT_EQ(back.size(), cv::Size(3, 2));
  EXPECT_EQ(std::vector<uint16_t>(back.begin<uint16_t>(), back.end<uint16_t>()), values);
}

TEST(EncodePng16, NeedsAValuePerPixel) {
  const std::vector<uint16_t> values(5);
  EXPECT_THROW(encode_png16(values, {2, 3}), std::invalid_argument);
  EXPECT_THROW(encode_png16({}, {0, 0}), std::invalid_argument);
}

}  // namespace
}  // namespace saccade
