#include "vision/preprocess/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "vision/preprocess/resample.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// [channel][value] -> normalised value.
using NormalizeTable = std::array<std::array<float, 256>, 3>;

// The references round to f32 after each step; doing the same gives the same values.
NormalizeTable make_normalize_table(const PreprocessRecipe& recipe) {
  NormalizeTable table;
  for (size_t c = 0; c < 3; ++c) {
    const float mean = static_cast<float>(recipe.mean[c]);
    const float deviation = static_cast<float>(recipe.std[c]);
    for (int value = 0; value < 256; ++value) {
      table[c][value] = (static_cast<float>(value * recipe.rescale) - mean) / deviation;
    }
  }
  return table;
}

// The long side is int(edge * long / short), as Python computes it.
ImageSize shortest_edge_size(ImageSize picture, int64_t edge) {
  const auto [shorter, longer] = std::minmax(picture.height, picture.width);
  const int64_t other = static_cast<int64_t>(
      static_cast<double>(edge) * static_cast<double>(longer) / static_cast<double>(shorter));
  return picture.width <= picture.height ? ImageSize{other, edge} : ImageSize{edge, other};
}

// As transformers' get_size_with_aspect_ratio(), in Python's arithmetic: llrint rounds half to
// even.
ImageSize shortest_edge_within_size(ImageSize picture, int64_t edge, int64_t longest) {
  const auto [shorter, longer] = std::minmax(picture.height, picture.width);
  const double low = double(shorter), high = double(longer);
  double wanted = double(edge);
  if (high / low * double(edge) > double(longest)) {
    wanted = double(longest) * low / high;
    edge = std::llrint(wanted);
  }
  edge = std::max<int64_t>(edge, 1);
  if (shorter == edge) return picture;
  const int64_t other = std::max<int64_t>(int64_t(wanted * high / low), 1);
  return picture.width < picture.height ? ImageSize{other, edge} : ImageSize{edge, other};
}

ImageSize fit_truncated_size(ImageSize picture, ImageSize target) {
  const double scale = std::min(double(target.height) / double(picture.height),
                                double(target.width) / double(picture.width));
  return {std::max<int64_t>(int64_t(double(picture.height) * scale), 1),
          std::max<int64_t>(int64_t(double(picture.width) * scale), 1)};
}

int64_t scaled_side(int64_t side, double ratio) {
  // llrint rounds half to even, as Python's round.
  return std::max<int64_t>(1, std::llrint(static_cast<double>(side) / ratio));
}

ImageSize keep_ratio_size(ImageSize picture, ImageSize target, bool cover) {
  const double by_height = static_cast<double>(picture.height) / static_cast<double>(target.height);
  const double by_width = static_cast<double>(picture.width) / static_cast<double>(target.width);
  const double ratio = cover ? std::min(by_height, by_width) : std::max(by_height, by_width);
  return {scaled_side(picture.height, ratio), scaled_side(picture.width, ratio)};
}

ImageSize resized_size(ImageSize picture, const PreprocessRecipe& recipe) {
  switch (recipe.resize_rule) {
    case ResizeRule::none:
      return picture;
    case ResizeRule::exact:
      return recipe.resize;
    case ResizeRule::shortest_edge:
      return shortest_edge_size(picture, recipe.resize.height);
    case ResizeRule::cover:
      return keep_ratio_size(picture, recipe.resize, true);
    case ResizeRule::shortest_edge_within:
      return shortest_edge_within_size(picture, recipe.resize.height, recipe.resize.width);
    case ResizeRule::fit_truncated:
      return fit_truncated_size(picture, recipe.resize);
    case ResizeRule::fit:
      return keep_ratio_size(picture, recipe.resize, false);
  }
  throw std::invalid_argument("unknown resize rule");
}

int64_t floor_half(int64_t value) { return value >= 0 ? value / 2 : -((1 - value) / 2); }

// Returns where the centre `wanted` pixels of `length` begin; negative for padding.
int64_t crop_begin(int64_t length, int64_t wanted, CropRounding rounding) {
  const int64_t margin = length - wanted;
  if (rounding == CropRounding::floor) return floor_half(margin);
  if (margin < 0) return -(-margin / 2);  // torchvision puts the smaller half of the padding first
  const int64_t half = margin / 2;
  return margin % 2 != 0 && half % 2 != 0 ? half + 1 : half;
}

// Along one axis of the output: pixels [begin, begin + length) show the resized picture from pixel
// `source`; the rest is padding.
struct Overlap {
  int64_t begin;
  int64_t length;
  int64_t source;
};

Overlap overlap(int64_t offset, int64_t output, int64_t resized) {
  const int64_t source = std::max<int64_t>(offset, 0);
  const int64_t begin = source - offset;
  return {begin, std::min(resized - source, output - begin), source};
}

// Writes the first `Channels` channels.
template <size_t Channels>
void normalize(const cv::Mat& rgb, const NormalizeTable& table, float* out, int64_t plane,
               int64_t row_stride) {
  for (int y = 0; y < rgb.rows; ++y) {
    const uint8_t* pixel = rgb.ptr(y);
    float* row = out + y * row_stride;
    for (int x = 0; x < rgb.cols; ++x, pixel += 3) {
      for (size_t c = 0; c < Channels; ++c) row[int64_t(c) * plane + x] = table[c][pixel[c]];
    }
  }
}

// Pillow's convert("L"): weights of ITU-R 601-2 in 16 bits. Writes the result to all three
// channels.
cv::Mat grey_of(const cv::Mat& rgb) {
  cv::Mat grey(rgb.rows, rgb.cols, CV_8UC3);
  for (int y = 0; y < rgb.rows; ++y) {
    const uint8_t* from = rgb.ptr(y);
    uint8_t* to = grey.ptr(y);
    for (int x = 0; x < rgb.cols; ++x, from += 3, to += 3) {
      const uint32_t sum = from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u;
      std::fill_n(to, 3, static_cast<uint8_t>(sum >> 16));
    }
  }
  return grey;
}

SourceRect source_rect(ImageSize picture, const PreprocessGeometry& geometry) {
  const auto back = [](int64_t pixels, int64_t from, int64_t to) {
    return static_cast<double>(pixels) * static_cast<double>(to) / static_cast<double>(from);
  };
  return {back(geometry.left, geometry.resized.width, picture.width),
          back(geometry.top, geometry.resized.height, picture.height),
          back(geometry.output.width, geometry.resized.width, picture.width),
          back(geometry.output.height, geometry.resized.height, picture.height)};
}

}  // namespace

PreprocessGeometry preprocess_geometry(ImageSize picture, const PreprocessRecipe& recipe) {
  PreprocessGeometry geometry;
  geometry.resized = resized_size(picture, recipe);
  geometry.output = geometry.resized;
  if (recipe.crop) {
    geometry.output = *recipe.crop;
    geometry.top = crop_begin(geometry.resized.height, recipe.crop->height, recipe.crop_rounding);
    geometry.left = crop_begin(geometry.resized.width, recipe.crop->width, recipe.crop_rounding);
  }
  return geometry;
}

SourceRect preprocess(const cv::Mat& rgb, const PreprocessRecipe& recipe, std::span<float> out) {
  return preprocess(rgb, {rgb.rows, rgb.cols}, recipe, out);
}

SourceRect preprocess(const cv::Mat& rgb, ImageSize picture, const PreprocessRecipe& recipe,
                      std::span<float> out) {
  const ImageSize wanted = recipe.output_size();
  const int64_t plane = wanted.height * wanted.width;
  const auto channels = static_cast<size_t>(recipe.channels());
  if (rgb.empty() || rgb.type() != CV_8UC3 || out.size() != channels * size_t(plane)) {
    throw std::invalid_argument("preprocess: wants 8-bit RGB pixels and room for C x H x W floats");
  }
  const PreprocessGeometry geometry = preprocess_geometry(picture, recipe);
  if (geometry.output != wanted) {
    throw ImageError(fmt::format(
        "a picture of {}x{} pixels (width x height) comes out as {}x{}, but the model wants {}x{} "
        "and its preprocessing has no crop; crop the picture to the model's aspect first",
        picture.width, picture.height, geometry.output.width, geometry.output.height, wanted.width,
        wanted.height));
  }

  const NormalizeTable table = make_normalize_table(recipe);
  const Overlap rows = overlap(geometry.top, wanted.height, geometry.resized.height);
  const Overlap cols = overlap(geometry.left, wanted.width, geometry.resized.width);
  if (rows.length < wanted.height || cols.length < wanted.width) {
    for (size_t c = 0; c < channels; ++c) {
      std::fill_n(out.data() + c * plane, plane, table[c][recipe.fill[c]]);
    }
  }
  const cv::Mat seen =
      resample(recipe.grey ? grey_of(rgb) : rgb, geometry.resized, recipe.interpolation,
               {rows.source, cols.source, rows.length, cols.length});
  float* first = out.data() + rows.begin * wanted.width + cols.begin;
  (recipe.grey ? normalize<1> : normalize<3>)(seen, table, first, plane, wanted.width);
  return source_rect(picture, geometry);
}

}  // namespace saccade
