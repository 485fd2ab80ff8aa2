// From a decoded picture to the model's input, as a checkpoint's recipe says.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The rectangle of the upright original picture that the model saw, in its pixels. Fractions are
/// possible, and it reaches outside the picture where the crop was padded.
struct SourceRect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;

  /// The same part of the picture once that is `across` times as wide and `down` times as high.
  SourceRect scaled(double across, double down) const {
    return {x * across, y * down, width * across, height * down};
  }
};

/// What a recipe makes of a picture's size: resized to `resized`, then cut to `output`, whose first
/// pixel is pixel (top, left) of the resized picture. Negative offsets are padding.
struct PreprocessGeometry {
  ImageSize resized;
  ImageSize output;
  int64_t top = 0;
  int64_t left = 0;
};

/// The geometry of `recipe` for a picture of size `picture` (neither side 0). The sizes are those
/// of torchvision's Resize, timm's ResizeKeepRatio and transformers' get_resize_output_image_size;
/// a side that would round to nothing is 1 pixel. The offsets are described at CropRounding.
PreprocessGeometry preprocess_geometry(ImageSize picture, const PreprocessRecipe& recipe);

/// Prepares `rgb` (8-bit, CV_8UC3, upright) by `recipe` and writes [C, H, W] f32 to `out`, where
/// C is recipe.channels() and H, W is recipe.output_size(). The numbers are those of timm's
/// evaluation transform and of transformers' Pillow image processors. Throws ImageError where the
/// recipe has no crop and the picture does not come out at that size.
SourceRect preprocess(const cv::Mat& rgb, const PreprocessRecipe& recipe, std::span<float> out);

/// The same for a picture of size `full` that was decoded smaller: sizes, and the rectangle that is
/// returned, are those of the full picture.
SourceRect preprocess(const cv::Mat& rgb, ImageSize full, const PreprocessRecipe& recipe,
                      std::span<float> out);

}  // namespace saccade
