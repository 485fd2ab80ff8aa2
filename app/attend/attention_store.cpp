#include "app/attend/attention_store.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "app/cli/base64.h"

namespace saccade {
namespace {

/// Fills `levels` with `row` in steps of its maximum / 255 and returns the maximum. NaN becomes 0,
/// and so does a whole row whose maximum is infinite or not positive.
float quantize(std::span<const float> row, std::span<uint8_t> levels) {
  const float maximum = *std::max_element(row.begin(), row.end());
  if (!(maximum > 0) || !std::isfinite(maximum)) {
    std::fill(levels.begin(), levels.end(), uint8_t{0});
    return 0;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    const float level = row[i] / maximum * 255 + 0.5F;
    levels[i] = level > 0 && level < 256 ? static_cast<uint8_t>(level) : uint8_t{0};
  }
  return maximum;
}

}  // namespace

size_t quantized_layer_size(int64_t heads, int64_t tokens) {
  const auto rows = static_cast<size_t>(heads * tokens);
  return base64_size(rows * sizeof(float) + rows * static_cast<size_t>(tokens));
}

AttentionStore::AttentionStore(const VitDescription& vit, int64_t tokens, size_t budget)
    : depth_(vit.depth), heads_(vit.maps()), tokens_(tokens) {
  const size_t fitting = budget / quantized_layer_size(heads_, tokens_);
  const size_t kept = std::min(fitting, static_cast<size_t>(depth_));
  first_layer_ = depth_ - static_cast<int64_t>(kept);
  layers_.resize(kept);
}

bool AttentionStore::wants(Stage stage, int64_t layer) const {
  return stage == Stage::attention && layer >= first_layer_;
}

void AttentionStore::see(Stage, int64_t layer, std::span<const float> values) {
  const auto rows = static_cast<size_t>(heads_ * tokens_);
  const auto columns = static_cast<size_t>(tokens_);
  if (values.size() != rows * columns) {
    throw std::invalid_argument("AttentionStore: keeps the attention of one picture");
  }
  QuantizedAttention& kept = layers_.at(static_cast<size_t>(layer - first_layer_));
  kept.maxima.resize(rows);
  kept.levels.resize(rows * columns);
  const std::span<uint8_t> levels = kept.levels;
  for (size_t row = 0; row < rows; ++row) {
    const size_t begin = row * columns;
    kept.maxima[row] = quantize(values.subspan(begin, columns), levels.subspan(begin, columns));
  }
}

const QuantizedAttention& AttentionStore::layer(int64_t layer) const {
  return layers_.at(static_cast<size_t>(layer - first_layer_));
}

}  // namespace saccade
