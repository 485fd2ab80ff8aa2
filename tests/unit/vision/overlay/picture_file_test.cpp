#include "vision/overlay/picture_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
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

TEST(WritePicture, ChoosesTheFormatByTheName) {
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

TEST(WritePicture, WritesThePartOfAPicture) {
  const TempDir folder;
  const cv::Mat rgb = noise(80, 50);
  const cv::Mat part = rgb(cv::Rect(11, 7, 40, 30));
  write_picture(folder.path() / "part.png", part);
  EXPECT_EQ(cv::norm(read_image(folder.path() / "part.png"), part, cv::NORM_INF), 0);
}

TEST(WritePicture, RejectsOtherExtensions) {
  const TempDir folder;
  for (const char* name : {"a.gif", "a.tiff", "a", ".png", "a.png.", "a.npy"}) {
    const fs::path file = folder.path() / name;
    expect_error<UsageError>([&] { write_picture(file, gradient(4, 4)); },
                             {file.string(), ".png", ".jpg", ".jpeg", ".webp"});
  }
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(WritePicture, ReplacesAnEarlierFile) {
  const TempDir folder;
  const fs::path file = folder.write("a.png", std::string(100'000, 'x'));
  write_picture(file, gradient(8, 8));
  EXPECT_EQ(cv::norm(read_image(file), gradient(8, 8), cv::NORM_INF), 0);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a.png"});
}

TEST(WritePicture, RespectsTheUmask) {
  const TempDir folder;
  const mode_t before = ::umask(027);
  write_picture(folder.path() / "a.png", gradient(8, 8));
  ::umask(before);
  struct stat status = {};
  ASSERT_EQ(::stat((folder.path() / "a.png").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(WritePicture, ErrorsNameTheReason) {
  const TempDir folder;
  const fs::path missing = folder.path() / "missing" / "a.png";
  expect_error<SystemError>([&] { write_picture(missing, gradient(4, 4)); },
                            {missing.string(), "No such file or directory"});
  const fs::path no_folder = folder.write("file", "") / "a.png";
  expect_error<SystemError>([&] { write_picture(no_folder, gradient(4, 4)); },
                            {no_folder.string(), "Not a directory"});
  const fs::path taken = folder.path() / "folder.png";
  fs::create_directory(taken);
  expect_error<SystemError>([&] { write_picture(taken, gradient(4, 4)); },
                            {taken.string(), "Is a directory"});
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"file", "folder.png"}));
}

TEST(WritePicture, LeavesNothingWhereTheDiskIsFull) {
  const TempDir folder;
  const fs::path earlier = folder.write("earlier.png", "earlier");
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (const fs::path& file : {earlier, folder.path() / "new.jpg"}) {
    expect_error<SystemError>([&] { write_picture(file, noise(100, 100)); },
                              {file.string(), "File too large"});
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"earlier.png"});
  EXPECT_EQ(bytes_of(earlier), "earlier");
}

TEST(WritePicture, ChecksTheSizeLimitOfTheFormat) {
  const TempDir folder;
  const cv::Mat wide(1, 70'000, CV_8UC3, cv::Scalar(9, 9, 9));
  testing::internal::CaptureStderr();
  for (const char* name : {"a.webp", "a.jpg"}) {
    const fs::path file = folder.path() / name;
    expect_error<ImageError>([&] { write_picture(file, wide); },
                             {file.string(), "70000x1", "--image-format png"});
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  write_picture(folder.path() / "a.png", wide);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"a.png"});
}

TEST(WritePicture, RejectsAnEmptyPicture) {
  const TempDir folder;
  EXPECT_THROW(write_picture(folder.path() / "a.png", {}), std::invalid_argument);
  EXPECT_THROW(write_picture(folder.path() / "a.png", cv::Mat(2, 2, CV_8UC1)),
               std::invalid_argument);
}

TEST(WritePicture, WritesFromSeveralThreads) {
  const TempDir folder;
  const cv::Mat rgb = gradient(50, 40);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 8; ++k) {
        write_picture(folder.path() / (std::to_string(i) + ".png"), rgb);
        write_picture(folder.path() / "all.png", rgb);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names_in(folder.path()).size(), 5u);
  EXPECT_EQ(cv::norm(read_image(folder.path() / "all.png"), rgb, cv::NORM_INF), 0);
}

TEST(WritePng16, KeepsEveryBit) {
  const TempDir folder;
  const std::vector<uint16_t> values{0, 1, 255, 256, 0x1234, 65535};
  write_png16(folder.path() / "map.png", values, {2, 3});
  const std::string bytes = bytes_of(folder.path() / "map.png");
  const std::vector<uint8_t> file(bytes.begin(), bytes.end());
  const cv::Mat back = cv::imdecode(file, cv::IMREAD_UNCHANGED);
  ASSERT_EQ(back.type(), CV_16UC1);
  ASSERT_EQ(back.size(), cv::Size(3, 2));
  EXPECT_EQ(std::vector<uint16_t>(back.begin<uint16_t>(), back.end<uint16_t>()), values);
}

TEST(WritePng16, NeedsAValuePerPixelAndAFolder) {
  const TempDir folder;
  const std::vector<uint16_t> values(5);
  EXPECT_THROW(write_png16(folder.path() / "a.png", values, {2, 3}), std::invalid_argument);
  EXPECT_THROW(write_png16(folder.path() / "a.png", {}, {0, 0}), std::invalid_argument);
  const fs::path missing = folder.path() / "missing" / "a.png";
  expect_error<SystemError>([&] { write_png16(missing, values, {1, 5}); }, {missing.string()});
}

}  // namespace
}  // namespace saccade
