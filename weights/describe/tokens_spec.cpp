#include "weights/describe/tokens_spec.h"

#include <fmt/format.h>

namespace saccade {

std::optional<std::string> TokensSpec::problem() const {
  if (channels != 3 && channels != 1) {
    return fmt::format(
        "the model takes {} channels; wanted 3 (RGB) or 1 (grey), which pictures have", channels);
  }
  if (image.height < patch || image.width < patch) {
    return fmt::format("image size {}x{} is smaller than one {}-pixel patch", image.height,
                       image.width, patch);
  }
  return std::nullopt;
}

void TokensSpec::add_prefix_tensors(int64_t dim, ExpectedTensors& tensors) const {
  if (cls_token) tensors.add("cls_token", {1, 1, dim});
  if (dist_token) tensors.add("dist_token", {1, 1, dim});
  if (registers > 0) tensors.add("reg_token", {1, registers, dim});
}

void TokensSpec::add_patch_tensors(int64_t dim, ExpectedTensors& tensors) const {
  tensors.add("patch_embed.proj.weight", {dim, channels, patch, patch});
  if (patch_bias) tensors.add("patch_embed.proj.bias", {dim});
}

}  // namespace saccade
