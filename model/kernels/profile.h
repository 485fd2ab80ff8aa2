// What a model reports of its layers: how long they took and which implementation ran them.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace saccade {

/// Which oneDNN implementation a layer runs on, as oneDNN calls it ("brg:avx512_core").
struct PrimitiveInfo {
  std::string layer;
  std::string implementation;
};

/// The kinds of layers that are timed separately. The layers of all blocks count together.
enum class LayerKind { patch_embed, norm, qkv, attention, proj, fc1, fc2, head };
inline constexpr size_t kLayerKinds = 8;
/// Seconds by LayerKind.
using LayerTimes = std::array<double, kLayerKinds>;

}  // namespace saccade
