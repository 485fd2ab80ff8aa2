// The preprocessing of a checkpoint as data: weights/ resolves it from the configuration files,
// vision/ carries it out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace saccade {

/// Height and width in pixels. Heights come first everywhere, as in tensors.
struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

/// Pillow's resampling filters, by Pillow's names.
enum class Interpolation { nearest, box, bilinear, hamming, bicubic, lanczos };

/// How the size after resizing depends on the size of the picture.
enum class ResizeRule {
  none,           ///< the picture keeps its size
  exact,          ///< to `resize`, ignoring the aspect ratio ("squash")
  shortest_edge,  ///< short side to `resize.height` (== width); long side truncated:
                  ///< int(edge * long / short), torchvision and HF
  cover,          ///< keep the aspect, cover `resize`; each side round(side / ratio), half to even
                  ///< (timm ResizeKeepRatio, longest = 0)
  shortest_edge_within,  ///< short side to `resize.height`, but less if the long side would be
                         ///< above `resize.width` (HF get_size_with_aspect_ratio)
  fit_truncated,  ///< keep the aspect, fit inside `resize`; each side truncated, int(side * scale)
                  ///< (HF "max_height", "max_width")
  fit,  ///< keep the aspect, fit inside `resize`; rounded as cover (longest = 1, timm "border")
};

/// The offset of the centre crop when the margin is odd. H is the picture's side, h the crop's; a
/// negative offset means padding.
enum class CropRounding {
  half_to_even,  ///< round((H - h) / 2), but -((h - H) // 2) if H < h: torchvision's CenterCrop
                 ///< and timm's CenterCropOrPad
  floor,         ///< (H - h) // 2, rounded down also if H < h: transformers' center_crop (its
                 ///< torchvision processors pad as torchvision does)
};

/// The steps from a decoded RGB picture to the model's input, in this order: convert to grey if the
/// model takes one channel, resize, centre crop (padding with `fill` if the picture is smaller),
/// scale to `value * rescale`, subtract `mean`, divide by `std`.
struct PreprocessRecipe {
  ResizeRule resize_rule = ResizeRule::exact;
  ImageSize resize{224, 224};
  Interpolation interpolation = Interpolation::bicubic;
  std::optional<ImageSize> crop;
  CropRounding crop_rounding = CropRounding::half_to_even;
  std::array<uint8_t, 3> fill{0, 0, 0};
  double rescale = 1.0 / 255.0;
  std::array<double, 3> mean{0.485, 0.456, 0.406};
  std::array<double, 3> std{0.229, 0.224, 0.225};
  /// The output has one channel, Pillow's "L" of the picture. Of values by channel, the first is
  /// used.
  bool grey = false;
  bool apply_exif = true;  ///< first rotate the picture by its EXIF orientation

  /// The size of the model's input.
  ImageSize output_size() const { return crop ? *crop : resize; }
  int64_t channels() const { return grey ? 1 : 3; }
};

}  // namespace saccade
