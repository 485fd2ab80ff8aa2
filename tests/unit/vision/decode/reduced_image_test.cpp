#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::fixture_path;
using test::fixture_table;

const std::filesystem::path kPhoto = test::source_path("tests/samples/rocket.jpg");

/// Returns the mean difference between `reduced` and the means of the squares of `divisor` pixels
/// that lie completely in `full`.
double mean_difference(const cv::Mat& reduced, const cv::Mat& full, int divisor) {
  const cv::Size squares(full.cols / divisor, full.rows / divisor);
  cv::Mat means;
  cv::resize(full(cv::Rect(0, 0, squares.width * divisor, squares.height * divisor)), means,
             squares, 0, 0, cv::INTER_AREA);
  const cv::Mat seen = reduced(cv::Rect(0, 0, squares.width, squares.height));
  return cv::norm(seen, means, cv::NORM_L1) / double(seen.total() * 3);
}

/// Checks that `file` is read at 1/divisor if `at_least` is the resulting short side, and larger if
/// it is one pixel more.
void expect_divided(const std::filesystem::path& file, int divisor, double tolerance) {
  const cv::Mat full = read_image(file);
  const auto shrunk = [&](int side) { return (side + divisor - 1) / divisor; };
  const int short_side = shrunk(std::min(full.cols, full.rows));
  const ReducedImage image = read_reduced_image(ImageFile(file), short_side);
  EXPECT_EQ(image.full, (ImageSize{full.rows, full.cols}));
  EXPECT_EQ(image.rgb.type(), CV_8UC3);
  ASSERT_EQ(image.rgb.size(), cv::Size(shrunk(full.cols), shrunk(full.rows)));
  EXPECT_LT(mean_difference(image.rgb, full, divisor), tolerance);
  EXPECT_GT(read_reduced_image(ImageFile(file), short_side + 1).rgb.cols, image.rgb.cols);
}

TEST(ReducedImage, HalvesQuartersAndEighths) {
  for (const int divisor : {2, 4, 8}) {
    SCOPED_TRACE(divisor);
    expect_divided(kPhoto, divisor, 1.5);
  }
}

TEST(ReducedImage, NeverBelowAnEighth) {
  const cv::Mat full = read_image(kPhoto);
  EXPECT_EQ(read_reduced_image(ImageFile(kPhoto), 1).rgb.cols, (full.cols + 7) / 8);
}

TEST(ReducedImage, EveryKindOfJpeg) {
  for (const char* name :
       {"baseline.jpg", "progressive.jpg", "full_chroma.jpg", "half_chroma.jpg", "grey.jpg",
        "grey_progressive.jpg", "cmyk.jpg", "ycck.jpg", "restart.jpg"}) {
    SCOPED_TRACE(name);
    expect_divided(fixture_path(name), 2, 3);
  }
}

TEST(ReducedImage, GreyStaysGrey) {
  const ReducedImage image = read_reduced_image(ImageFile(fixture_path("grey.jpg")), 11);
  std::vector<cv::Mat> channels;
  cv::split(image.rgb, channels);
  EXPECT_EQ(cv::norm(channels[0], channels[1], cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(channels[0], channels[2], cv::NORM_INF), 0);
}

TEST(ReducedImage, IsUpright) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const auto file = fixture_path("orientation_" + std::to_string(orientation) + ".jpg");
    const cv::Mat full = read_image(file);
    const ReducedImage image = read_reduced_image(ImageFile(file), 11);
    EXPECT_EQ(image.full, (ImageSize{full.rows, full.cols}));
    ASSERT_EQ(image.rgb.cols, (full.cols + 1) / 2);
    cv::Mat small;
    cv::resize(full, small, image.rgb.size(), 0, 0, cv::INTER_AREA);
    EXPECT_LT(cv::norm(small, image.rgb, cv::NORM_L1) / double(small.total() * 3), 12);
    const ReducedImage stored = read_reduced_image(ImageFile(file), 11, {.apply_exif = false});
    EXPECT_EQ(stored.rgb.size(), cv::Size(14, 11));
    EXPECT_EQ(stored.full, (ImageSize{21, 27}));
  }
}

TEST(ReducedImage, FullSizeIfReducedIsTooSmall) {
  for (const auto& row : fixture_table("pictures.tsv")) {
    SCOPED_TRACE(row[0]);
    const auto file = fixture_path(row[0]);
    const cv::Mat plain = read_image(file);
    const bool jpeg = row[0].ends_with(".jpg");
    for (const int64_t at_least :
         {int64_t{0}, jpeg ? std::min(plain.cols, plain.rows) : int64_t{1}}) {
      const ReducedImage image = read_reduced_image(ImageFile(file), at_least);
      ASSERT_EQ(image.rgb.size(), plain.size());
      EXPECT_EQ(cv::norm(image.rgb, plain, cv::NORM_INF), 0);
      EXPECT_EQ(image.full, (ImageSize{plain.rows, plain.cols}));
    }
  }
}

TEST(ReducedImage, TheLimitCountsAllPixels) {
  EXPECT_THROW(
      read_reduced_image(ImageFile(fixture_path("baseline.jpg")), 3, {.max_pixels = 27 * 21 - 1}),
      ImageError);
}

/// 427 x 640 pixels become 54 x 80. Computing from the reduced size would give other results.
TEST(ReducedImage, PreprocessCountsInPixelsOfTheFull) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::shortest_edge;
  recipe.resize = {32, 32};
  recipe.crop = ImageSize{28, 28};
  const cv::Mat full = read_image(kPhoto);
  const ReducedImage image = read_reduced_image(ImageFile(kPhoto), 32);
  ASSERT_LT(image.rgb.cols, full.cols);
  std::vector<float> exact(3 * 28 * 28), fast(exact.size());
  const SourceRect seen = preprocess(full, recipe, exact);
  const SourceRect same = preprocess(image.rgb, image.full, recipe, fast);
  EXPECT_EQ(seen.x, same.x);
  EXPECT_EQ(seen.y, same.y);
  EXPECT_EQ(seen.width, same.width);
  EXPECT_EQ(seen.height, same.height);
  double difference = 0;
  for (size_t i = 0; i < exact.size(); ++i) difference += std::abs(exact[i] - fast[i]);
  EXPECT_GT(difference, 0);
  EXPECT_LT(difference / double(exact.size()), 0.05);
}

}  // namespace
}  // namespace saccade
