#include "vision/preprocess/resample.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <opencv2/core.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/support/shared_data.h"
#include "tests/unit/vision/resample_fixtures.h"
#include "vision/preprocess/resample_filter.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::draw_picture;

constexpr std::array kFilters = {Interpolation::nearest,  Interpolation::box,
                                 Interpolation::bilinear, Interpolation::hamming,
                                 Interpolation::bicubic,  Interpolation::lanczos};

// Runs `check` with every compiled instruction set that this processor supports.
template <class Check>
void for_each_target(const Check& check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check();
    hwy::SetSupportedTargetsForTest(0);
  }
}

std::vector<uint8_t> bytes_of(const cv::Mat& picture) {
  EXPECT_TRUE(picture.isContinuous());
  return {picture.datastart, picture.dataend};
}

uint32_t crc32(const std::vector<uint8_t>& bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> entries;
    for (uint32_t i = 0; i < entries.size(); ++i) {
      uint32_t entry = i;
      for (int bit = 0; bit < 8; ++bit) entry = entry >> 1 ^ (entry & 1 ? 0xEDB88320u : 0u);
      entries[i] = entry;
    }
    return entries;
  }();
  uint32_t crc = ~0u;
  for (const uint8_t byte : bytes) crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF];
  return ~crc;
}

// One pass over an array [outer, length, inner], as a plain loop.
std::vector<uint8_t> plain_pass(const std::vector<uint8_t>& in, int64_t outer, int64_t length,
                                int64_t inner, int64_t out_length, Interpolation interpolation) {
  const AxisFilter filter = make_axis_filter(length, out_length, 0, out_length, interpolation);
  std::vector<uint8_t> out(outer * out_length * inner);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < out_length; ++i) {
      for (int64_t n = 0; n < inner; ++n) {
        int64_t sum = 1 << (kWeightBits - 1);
        for (int64_t t = 0; t < filter.count[i]; ++t) {
          sum += int64_t{filter.weights[i * filter.stride + t]} *
                 in[(o * length + filter.first[i] + t) * inner + n];
        }
        out[(o * out_length + i) * inner + n] =
            static_cast<uint8_t>(std::clamp<int64_t>(sum >> kWeightBits, 0, 255));
      }
    }
  }
  return out;
}

TEST(Resample, EqualsPillowOnSmallArrays) {
  std::ifstream rows(test::source_path("tests/unit/vision/data/resample/arrays.tsv"));
  int64_t height, width, seed;
  ImageSize size;
  bool high_contrast;
  std::string filter, hex;
  int count = 0;
  while (rows >> height >> width >> size.height >> size.width >> seed >> high_contrast >> filter >>
         hex) {
    SCOPED_TRACE(testing::Message() << height << "x" << width << " " << filter);
    std::vector<uint8_t> wanted;
    for (size_t i = 0; i < hex.size(); i += 2) {
      wanted.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    const cv::Mat picture = draw_picture(height, width, seed, high_contrast);
    for_each_target([&] {
      EXPECT_EQ(bytes_of(resample(picture, size, test::interpolation_named(filter))), wanted);
    });
    ++count;
  }
  EXPECT_EQ(count, 30);
}

TEST(Resample, EqualsPillowOnSixtySizePairs) {
  std::ifstream rows(test::source_path("tests/unit/vision/data/resample/digests.tsv"));
  int64_t height, width, seed;
  ImageSize size;
  bool high_contrast;
  int count = 0;
  while (rows >> height >> width >> size.height >> size.width >> seed >> high_contrast) {
    const cv::Mat picture = draw_picture(height, width, seed, high_contrast);
    for (const Interpolation interpolation : kFilters) {
      uint32_t wanted = 0;
      rows >> std::hex >> wanted >> std::dec;
      SCOPED_TRACE(testing::Message()
                   << height << "x" << width << " to " << size.height << "x" << size.width
                   << " filter " << static_cast<int>(interpolation));
      for_each_target(
          [&] { EXPECT_EQ(crc32(bytes_of(resample(picture, size, interpolation))), wanted); });
    }
    ++count;
  }
  EXPECT_EQ(count, 120);
}

TEST(Resample, EveryInstructionSetEqualsPlainLoops) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const auto side = [&] { return static_cast<int64_t>(1 + random() % (round % 3 ? 40 : 150)); };
    const int64_t height = side(), width = side();
    const ImageSize size{side(), side()};
    const Interpolation interpolation = kFilters[1 + random() % 5];
    const cv::Mat picture = draw_picture(height, width, round, round % 2);

    std::vector<uint8_t> wanted = bytes_of(picture);
    if (size.width != width) {
      wanted = plain_pass(wanted, height, width, 3, size.width, interpolation);
    }
    if (size.height != height) {
      wanted = plain_pass(wanted, 1, height, 3 * size.width, size.height, interpolation);
    }
    SCOPED_TRACE(testing::Message()
                 << height << "x" << width << " to " << size.height << "x" << size.width);
    for_each_target([&] { EXPECT_EQ(bytes_of(resample(picture, size, interpolation)), wanted); });
  }
}

TEST(Resample, RegionIsPartOfTheWhole) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const auto below = [&](int64_t most) { return static_cast<int64_t>(random() % most); };
    const cv::Mat picture = draw_picture(1 + below(60), 1 + below(90), round, false);
    // Some sizes keep one axis or both.
    const ImageSize size{below(3) ? 1 + below(200) : picture.rows,
                         below(3) ? 1 + below(200) : picture.cols};
    PixelRect region{below(size.height), below(size.width), 0, 0};
    region.height = 1 + below(size.height - region.top);
    region.width = 1 + below(size.width - region.left);
    const Interpolation interpolation = kFilters[round % 6];
    const cv::Mat whole = resample(picture, size, interpolation);
    const cv::Mat part = resample(picture, size, interpolation, region);
    const cv::Mat wanted =
        whole(cv::Rect(static_cast<int>(region.left), static_cast<int>(region.top),
                       static_cast<int>(region.width), static_cast<int>(region.height)));
    ASSERT_EQ(bytes_of(part), bytes_of(wanted.clone())) << "round " << round;
  }
}

TEST(Resample, RegionOfAResultLargerThanMemory) {
  const cv::Mat picture = draw_picture(1, 3000, 1, false);
  const ImageSize size{1 << 20, 3000ll << 20};
  const PixelRect middle{size.height / 2, size.width / 2, 2, 3};
  const cv::Mat part = resample(picture, size, Interpolation::bicubic, middle);
  // In the middle of a huge enlargement, bicubic weights the two middle pixels by 9/16 each and
  // their outer neighbours by -1/16 each.
  for (int channel = 0; channel < 3; ++channel) {
    const auto at = [&](int x) { return picture.at<cv::Vec3b>(0, x)[channel]; };
    const double wanted = (9.0 * (at(1499) + at(1500)) - at(1498) - at(1501)) / 16;
    EXPECT_NEAR(part.at<cv::Vec3b>(0, 0)[channel], std::clamp(wanted, 0.0, 255.0), 0.51);
  }
}

// The buffer ends with the last pixel, and there are gaps between rows.
TEST(Resample, ReadsNothingOutsideThePicture) {
  for (const int width : {1, 2, 5, 33}) {
    const cv::Mat picture = draw_picture(19, width, 3, false);
    const std::vector<uint8_t> exact = bytes_of(picture);
    const cv::Mat in_exact(19, width, CV_8UC3, const_cast<uint8_t*>(exact.data()));
    cv::Mat larger(19, width + 7, CV_8UC3, cv::Scalar(9, 9, 9));
    picture.copyTo(larger.colRange(4, 4 + width));
    for (const ImageSize size :
         {ImageSize{19, 40}, ImageSize{7, width}, ImageSize{30, 3}, ImageSize{19, width}}) {
      for (const Interpolation interpolation : kFilters) {
        const auto wanted = bytes_of(resample(picture, size, interpolation));
        for_each_target([&] {
          EXPECT_EQ(bytes_of(resample(in_exact, size, interpolation)), wanted);
          EXPECT_EQ(bytes_of(resample(larger.colRange(4, 4 + width), size, interpolation)), wanted);
        });
      }
    }
  }
}

TEST(Resample, SameSizeIsACopy) {
  const cv::Mat picture = draw_picture(4, 5, 1, false);
  cv::Mat copy = resample(picture, {4, 5}, Interpolation::lanczos);
  EXPECT_EQ(bytes_of(copy), bytes_of(picture));
  EXPECT_NE(copy.data, picture.data);
}

TEST(Resample, RejectsInvalidArguments) {
  const cv::Mat picture = draw_picture(4, 5, 1, false);
  const auto bicubic = Interpolation::bicubic;
  EXPECT_THROW(resample(cv::Mat(), {4, 4}, bicubic), std::invalid_argument);
  EXPECT_THROW(resample(cv::Mat(4, 4, CV_8UC1), {2, 2}, bicubic), std::invalid_argument);
  EXPECT_THROW(resample(picture, {0, 4}, bicubic), std::invalid_argument);
  EXPECT_THROW(resample(picture, {4, 4}, bicubic, {0, 1, 4, 4}), std::invalid_argument);
  EXPECT_THROW(resample(picture, {4, 4}, bicubic, {-1, 0, 2, 2}), std::invalid_argument);
  EXPECT_THROW(make_axis_filter(4, 2, 0, 2, Interpolation::nearest), std::invalid_argument);
}

TEST(Resample, AHugeSideIsAnImageError) {
  EXPECT_THROW(make_axis_filter(int64_t{1} << 31, 224, 0, 224, Interpolation::lanczos), ImageError);
  const cv::Mat thin(6'000'000, 1, CV_8UC3, cv::Scalar::all(0));
  EXPECT_THROW(resample(thin, {224, 224}, Interpolation::box), ImageError);
}

}  // namespace
}  // namespace saccade
