#include "model/layers/position_bias.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/layers/distance_mlp.h"
#include "model/layers/pos_embed.h"

namespace saccade {
namespace {

// The three rows after the distances, counted from the end of the table.
constexpr int64_t kClassToPatch = 3, kPatchToClass = 2, kClassToClass = 1;

// Distances down and across, from -(side - 1) to side - 1.
ImageSize distances(ImageSize grid) { return {2 * grid.height - 1, 2 * grid.width - 1}; }

// The table for another grid: resizes the distances and keeps the rows of the class token.
std::vector<float> resized(std::vector<float> table, const VitDescription& vit, ImageSize input) {
  const ImageSize from = distances(vit.tokens.grid(vit.tokens.image)),
                  to = distances(vit.tokens.grid(input));
  if (from == to) return table;
  const auto kept = size_t(vit.position_bias_extra_rows() * vit.attention.heads);
  const auto patches = std::span(table).first(table.size() - kept);
  std::vector<float> other =
      resize_pos_embed(patches, from, to, vit.attention.heads, vit.positions.bias_resize);
  other.insert(other.end(), table.end() - std::ptrdiff_t(kept), table.end());
  return other;
}

// The names of a bias's parameters: its table, or the prefix of its MLP.
struct BiasNames {
  std::string table, mlp;
};

// For the input's grid, [rows, H]. An MLP leaves the class token without a bias.
std::vector<float> read_table(const VitDescription& vit, const Weights& weights, ImageSize input,
                              const BiasNames& names) {
  if (vit.positions.bias_mlp == 0) return resized(weights.read(names.table), vit, input);
  std::vector<float> table = bias_of_distances(weights, names.mlp, vit.tokens.grid(input));
  table.insert(table.end(), size_t(vit.position_bias_extra_rows() * vit.attention.heads), 0.0f);
  return table;
}

// The row of the table for query patch i and key patch j; -1 is the class token.
int64_t row_of(int64_t i, int64_t j, ImageSize grid, int64_t rows) {
  if (i < 0 && j < 0) return rows - kClassToClass;
  if (i < 0) return rows - kClassToPatch;
  if (j < 0) return rows - kPatchToClass;
  const int64_t down = i / grid.width - j / grid.width + grid.height - 1;
  const int64_t across = i % grid.width - j % grid.width + grid.width - 1;
  return down * (2 * grid.width - 1) + across;
}

// A table [rows, H] -> [H, T, T].
std::shared_ptr<Buffer> spread(const VitDescription& vit, ImageSize input,
                               const std::vector<float>& table) {
  const int64_t T = vit.tokens.count(input), H = vit.attention.heads, prefix = vit.tokens.prefix();
  const auto rows = int64_t(table.size()) / H;
  std::vector<int64_t> places;  // [T, T]
  places.reserve(size_t(T * T));
  for (int64_t i = -prefix; i < T - prefix; ++i) {
    for (int64_t j = -prefix; j < T - prefix; ++j) {
      places.push_back(row_of(i, j, vit.tokens.grid(input), rows) * H);
    }
  }
  auto bias = std::make_shared<Buffer>(size_t(H * T * T));
  for (int64_t h = 0; h < H; ++h) {
    std::transform(places.begin(), places.end(), bias->data() + h * T * T,
                   [&](int64_t place) { return table[size_t(place + h)]; });
  }
  return bias;
}

}  // namespace

std::shared_ptr<const Buffer> read_position_bias(const VitDescription& vit, const Weights& weights,
                                                 ImageSize input, const std::string& block,
                                                 std::shared_ptr<const Buffer> shared) {
  if (!vit.positions.bias) return shared;
  const BiasNames names{block + "attn.relative_position_bias_table", block + "attn.rel_pos.mlp."};
  const auto own = spread(vit, input, read_table(vit, weights, input, names));
  if (shared) {
    std::transform(own->data(), own->data() + own->size(), shared->data(), own->data(),
                   std::plus<>());
  }
  return own;
}

std::shared_ptr<const Buffer> read_shared_position_bias(const VitDescription& vit,
                                                        const Weights& weights, ImageSize input) {
  if (!vit.positions.shared_bias) return nullptr;
  const BiasNames names{"rel_pos_bias.relative_position_bias_table", "shared_rel_pos.mlp."};
  return spread(vit, input, read_table(vit, weights, input, names));
}

}  // namespace saccade
