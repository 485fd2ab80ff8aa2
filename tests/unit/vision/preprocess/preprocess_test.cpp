#include "vision/preprocess/preprocess.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/shared_data.h"
#include "tests/unit/vision/resample_fixtures.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::draw_picture;

ResizeRule rule_named(const std::string& name) {
  if (name == "exact") return ResizeRule::exact;
  if (name == "shortest_edge") return ResizeRule::shortest_edge;
  if (name == "cover") return ResizeRule::cover;
  if (name == "fit") return ResizeRule::fit;
  throw std::invalid_argument("no rule is called " + name);
}

CropRounding rounding_named(const std::string& name) {
  if (name == "floor") return CropRounding::floor;
  if (name == "half_to_even") return CropRounding::half_to_even;
  throw std::invalid_argument("no rounding is called " + name);
}

std::vector<std::vector<std::string>> read_table(const std::string& name) {
  std::ifstream in(test::source_path("tests/unit/vision/data/resample/" + name));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

PreprocessRecipe squash_and_crop(int64_t squash, int64_t crop) {
  PreprocessRecipe recipe;
  recipe.resize = {squash, squash};
  recipe.crop = ImageSize{crop, crop};
  return recipe;
}

SourceRect run(const cv::Mat& picture, const PreprocessRecipe& recipe) {
  const ImageSize size = recipe.output_size();
  std::vector<float> out(3 * size.height * size.width);
  return preprocess(picture, recipe, out);
}

void expect_rect(const SourceRect& rect, double x, double y, double width, double height) {
  EXPECT_DOUBLE_EQ(rect.x, x);
  EXPECT_DOUBLE_EQ(rect.y, y);
  EXPECT_DOUBLE_EQ(rect.width, width);
  EXPECT_DOUBLE_EQ(rect.height, height);
}

TEST(PreprocessGeometry, EqualsTimmAndTransformers) {
  const auto rows = read_table("geometry.tsv");
  ASSERT_EQ(rows.size(), 438u);
  for (const auto& row : rows) {
    const auto number = [&](size_t i) { return std::stoll(row.at(i)); };
    PreprocessRecipe recipe;
    recipe.resize_rule = rule_named(row[3]);
    recipe.resize = {number(4), number(5)};
    recipe.crop = ImageSize{number(6), number(7)};
    recipe.crop_rounding = rounding_named(row[8]);
    SCOPED_TRACE(row[0] + " " + row[1] + "x" + row[2] + " " + row[3] + " " + row[4] + "x" + row[5] +
                 " crop " + row[6] + "x" + row[7]);
    const PreprocessGeometry geometry = preprocess_geometry({number(1), number(2)}, recipe);
    EXPECT_EQ(geometry.resized.height, number(9));
    EXPECT_EQ(geometry.resized.width, number(10));
    EXPECT_EQ(geometry.top, number(11));
    EXPECT_EQ(geometry.left, number(12));
    EXPECT_EQ(geometry.output, *recipe.crop);
  }
}

TEST(PreprocessGeometry, ASideNeverRoundsToNothing) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::fit;
  EXPECT_EQ(preprocess_geometry({3, 40000}, recipe).resized, (ImageSize{1, 224}));
}

// By transformers 5.23's get_size_with_aspect_ratio and get_image_size_for_max_height_width.
TEST(PreprocessGeometry, SizesOfTwoLimits) {
  struct Row {
    ResizeRule rule;
    ImageSize picture, resize, wanted;
  };
  const std::vector<Row> rows{
      {ResizeRule::shortest_edge_within, {480, 640}, {224, 300}, {224, 298}},
      {ResizeRule::shortest_edge_within, {480, 640}, {30, 33}, {25, 33}},
      {ResizeRule::fit_truncated, {480, 640}, {100, 1000}, {100, 133}},
      {ResizeRule::shortest_edge_within, {640, 480}, {256, 1333}, {341, 256}},
      {ResizeRule::fit_truncated, {640, 480}, {224, 224}, {224, 168}},
      {ResizeRule::shortest_edge_within, {37, 45}, {30, 40}, {30, 36}},
      {ResizeRule::fit_truncated, {37, 45}, {25, 33}, {25, 30}},
      {ResizeRule::shortest_edge_within, {1000, 100}, {224, 300}, {300, 30}},
      {ResizeRule::shortest_edge_within, {1000, 100}, {30, 40}, {40, 4}},
      {ResizeRule::shortest_edge_within, {1000, 100}, {256, 1333}, {1333, 133}},
      {ResizeRule::shortest_edge_within, {1000, 100}, {30, 33}, {33, 3}},
      {ResizeRule::fit_truncated, {1000, 100}, {25, 33}, {25, 2}},
      {ResizeRule::fit_truncated, {1000, 100}, {224, 224}, {224, 22}},
      {ResizeRule::fit_truncated, {1000, 100}, {100, 1000}, {100, 10}},
      {ResizeRule::shortest_edge_within, {30, 30}, {256, 1333}, {256, 256}},
      {ResizeRule::fit_truncated, {30, 30}, {224, 224}, {224, 224}},
      {ResizeRule::shortest_edge_within, {31, 57}, {30, 40}, {22, 40}},
      {ResizeRule::fit_truncated, {31, 57}, {25, 33}, {17, 33}},
      {ResizeRule::shortest_edge_within, {100, 1001}, {224, 300}, {30, 300}},
      {ResizeRule::shortest_edge_within, {100, 1001}, {30, 33}, {3, 33}},
      {ResizeRule::fit_truncated, {100, 1001}, {100, 1000}, {99, 1000}},
      {ResizeRule::shortest_edge_within, {17, 90}, {256, 1333}, {252, 1333}},
      {ResizeRule::fit_truncated, {17, 90}, {224, 224}, {42, 224}},
  };
  for (const Row& row : rows) {
    PreprocessRecipe recipe;
    recipe.resize_rule = row.rule;
    recipe.resize = row.resize;
    recipe.crop = ImageSize{8, 8};
    const ImageSize found = preprocess_geometry(row.picture, recipe).resized;
    EXPECT_EQ(found.height, row.wanted.height) << row.picture.height << "x" << row.picture.width;
    EXPECT_EQ(found.width, row.wanted.width) << row.picture.height << "x" << row.picture.width;
  }
}

TEST(PreprocessGeometry, NoRuleKeepsTheSize) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::none;
  EXPECT_EQ(preprocess_geometry({30, 40}, recipe).resized, (ImageSize{30, 40}));
}

TEST(Preprocess, EqualsTimmAndTransformers) {
  std::ifstream file(test::source_path("tests/unit/vision/data/resample/outputs.f32"),
                     std::ios::binary);
  const std::string wanted_bytes(std::istreambuf_iterator<char>(file), {});
  size_t at = 0;
  for (const auto& row : read_table("outputs.tsv")) {
    const auto whole = [&](size_t i) { return std::stoll(row.at(i)); };
    const auto real = [&](size_t i) { return std::stod(row.at(i)); };
    SCOPED_TRACE(row[0]);
    PreprocessRecipe recipe;
    recipe.resize_rule = rule_named(row[4]);
    recipe.resize = {whole(5), whole(6)};
    recipe.interpolation = test::interpolation_named(row[7]);
    if (whole(8) > 0) recipe.crop = ImageSize{whole(8), whole(9)};
    recipe.crop_rounding = rounding_named(row[10]);
    for (size_t c = 0; c < 3; ++c) {
      recipe.fill[c] = static_cast<uint8_t>(whole(11 + c));
      recipe.mean[c] = real(15 + c);
      recipe.std[c] = real(18 + c);
    }
    recipe.rescale = real(14);

    const ImageSize size = recipe.output_size();
    std::vector<float> out(3 * size.height * size.width, -1e30f), wanted(out.size());
    ASSERT_LE(at + 4 * wanted.size(), wanted_bytes.size());
    std::memcpy(wanted.data(), wanted_bytes.data() + at, 4 * wanted.size());
    at += 4 * wanted.size();
    preprocess(draw_picture(whole(1), whole(2), whole(3), false), recipe, out);
    EXPECT_EQ(out, wanted);
  }
  EXPECT_GT(at, 0u);
  EXPECT_EQ(at, wanted_bytes.size());
}

TEST(SourceRect, IsTheCropInPixelsOfTheOriginal) {
  expect_rect(run(draw_picture(480, 640, 1, false), squash_and_crop(256, 224)), 40, 30, 560, 420);
  expect_rect(run(draw_picture(224, 224, 1, false), squash_and_crop(224, 224)), 0, 0, 224, 224);

  PreprocessRecipe shortest = squash_and_crop(248, 224);
  shortest.resize_rule = ResizeRule::shortest_edge;  // 375 x 500 becomes 248 x 330
  expect_rect(run(draw_picture(375, 500, 1, false), shortest), 53.0 * 500 / 330, 12.0 * 375 / 248,
              224.0 * 500 / 330, 224.0 * 375 / 248);
}

TEST(SourceRect, WithoutACropIsTheWholePicture) {
  PreprocessRecipe recipe;
  expect_rect(run(draw_picture(31, 57, 1, false), recipe), 0, 0, 57, 31);
}

TEST(SourceRect, ReachesOutsideWhereTheCropIsPadded) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::fit;
  recipe.resize = {20, 20};
  recipe.crop = ImageSize{20, 20};
  expect_rect(run(draw_picture(30, 60, 1, false), recipe), 0, -15, 60, 60);
}

TEST(Preprocess, PaddingIsTheFillColour) {
  PreprocessRecipe recipe = squash_and_crop(2, 5);
  recipe.fill = {10, 20, 30};
  recipe.rescale = 1;
  recipe.mean = {0, 0, 0};
  recipe.std = {1, 1, 2};
  std::vector<float> out(75);
  preprocess(cv::Mat(2, 2, CV_8UC3, cv::Scalar(1, 2, 3)), recipe, out);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 5; ++x) {
      const bool picture = y >= 1 && y < 3 && x >= 1 && x < 3;
      EXPECT_EQ(out[5 * y + x], picture ? 1.f : 10.f) << y << "," << x;
      EXPECT_EQ(out[25 + 5 * y + x], picture ? 2.f : 20.f) << y << "," << x;
      EXPECT_EQ(out[50 + 5 * y + x], picture ? 1.5f : 15.f) << y << "," << x;
    }
  }
}

TEST(Preprocess, WithoutACropTheSizeMustMatch) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::shortest_edge;
  EXPECT_NO_THROW(run(draw_picture(50, 50, 1, false), recipe));
  EXPECT_THROW(run(draw_picture(50, 60, 1, false), recipe), ImageError);
}

TEST(Preprocess, RejectsInvalidArguments) {
  std::vector<float> out(3 * 224 * 224 - 1);
  EXPECT_THROW(preprocess(draw_picture(5, 5, 1, false), PreprocessRecipe{}, out),
               std::invalid_argument);
  EXPECT_THROW(run(cv::Mat(), PreprocessRecipe{}), std::invalid_argument);
  EXPECT_THROW(run(cv::Mat(5, 5, CV_8UC1, cv::Scalar(0)), PreprocessRecipe{}),
               std::invalid_argument);
}

}  // namespace
}  // namespace saccade
