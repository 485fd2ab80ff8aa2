// The token sequence of a vision transformer: prefix tokens and patches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The sequence is class token, distillation token, registers (Darcet et al. 2024,
/// arXiv:2309.16588), patches.
struct TokensSpec {
  ImageSize image;         ///< input size that the position embedding was trained for
  int64_t channels = 3;    ///< input channels: 3 in RGB order, or 1, grey
  int64_t patch = 16;      ///< side of a patch in pixels; patches are square
  bool patch_bias = true;  ///< of the patch projection
  bool cls_token = true;
  bool dist_token = false;  ///< DeiT's distillation token, row 1
  int64_t registers = 0;

  int64_t prefix() const { return int64_t{cls_token} + int64_t{dist_token} + registers; }
  /// Patches down and across for an input of `size`.
  ImageSize grid(ImageSize size) const { return {size.height / patch, size.width / patch}; }
  /// Rows of the token sequence for an input of `size`: T = prefix + patches.
  int64_t count(ImageSize size) const { return prefix() + grid(size).height * grid(size).width; }

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"image", "image_size", FieldGroup::sizes}, image);
    visitor(Field{"channels", "channels", FieldGroup::sizes}, channels);
    visitor(Field{"patch", "patch_size", FieldGroup::sizes, "patch size", 1024}, patch);
    visitor(Field{"patch_bias"}, patch_bias);
    visitor(Field{"cls_token"}, cls_token);
    visitor(Field{"dist_token"}, dist_token);
    visitor(Field{"registers"}, registers);
  }
  /// What is wrong with these values, beyond the limits of single fields; nullopt if nothing is.
  std::optional<std::string> problem() const;
  void add_prefix_tensors(int64_t dim, ExpectedTensors& tensors) const;
  void add_patch_tensors(int64_t dim, ExpectedTensors& tensors) const;
};

}  // namespace saccade
