// Turns a decoded picture into a model's input, by the recipe of its checkpoint.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The rectangle of the upright original picture that the model saw, in pixels of that picture. May
/// be fractional, and extends outside the picture if the crop was padded.
struct SourceRect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;

  /// Returns the same part of a picture that is `across` times as wide and `down` times as high.
  SourceRect scaled(double across, double down) const {
    return {x * across, y * down, width * across, height * down};
  }
};

/// The sizes of a picture during preprocessing: it is resized to `resized`, then cropped to
/// `output`, whose first pixel is pixel (top, left) of the resized picture. Negative offsets are
/// padding.
struct PreprocessGeometry {
  ImageSize resized;
  ImageSize output;
  int64_t top = 0;
  int64_t left = 0;
};

/// Returns the geometry of `recipe` for a picture of size `picture` (neither side 0). The sizes
/// equal those of torchvision's Resize, timm's ResizeKeepRatio and transformers'
/// get_resize_output_image_size, except that a side has at least 1 pixel. For the offsets see
/// CropRounding.
PreprocessGeometry preprocess_geometry(ImageSize picture, const PreprocessRecipe& recipe);

/// Preprocesses `rgb` (8-bit, CV_8UC3, upright) by `recipe` and writes [C, H, W] f32 to `out`,
/// where C is recipe.channels() and H, W is recipe.output_size(). The values equal those of timm's
/// evaluation transform and of transformers' Pillow image processors. Throws ImageError if the
/// recipe has no crop and the resized picture does not have that size.
SourceRect preprocess(const cv::Mat& rgb, const PreprocessRecipe& recipe, std::span<float> out);

/// The same for a picture of size `full` that was decoded at a reduced size. Sizes and the returned
/// rectangle are those of the full picture.
SourceRect preprocess(const cv::Mat& rgb, ImageSize full, const PreprocessRecipe& recipe,
                      std::span<float> out);

}  // namespace saccade
