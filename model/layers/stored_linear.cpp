#include "model/layers/stored_linear.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>

namespace saccade {
namespace {

// [out], or empty if the layer has no bias.
std::vector<float> read_bias(const Weights& weights, const std::string& name) {
  if (weights.has(name + ".bias")) return weights.read(name + ".bias");
  constexpr std::string_view fused = "qkv";
  if (!name.ends_with(fused)) return {};
  const std::string attention = name.substr(0, name.size() - fused.size());
  if (!weights.has(attention + "q_bias")) return {};
  std::vector<float> bias = weights.read(attention + "q_bias");
  const std::vector<float> v = weights.read(attention + "v_bias");
  bias.resize(bias.size() + v.size());  // the keys'
  bias.insert(bias.end(), v.begin(), v.end());
  return bias;
}

}  // namespace

StoredLinear::StoredLinear(const Weights& weights, const std::string& name,
                           const std::string& row_scale)
    : weights_(weights), weight_name_(name + ".weight") {
  const std::vector<int64_t>& shape = weights.shape(weight_name_);  // [out, in] or [out, C, P, P]
  out_ = shape[0];
  in_ = std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
  bias_ = read_bias(weights, name);
  if (weights.has(row_scale)) scale_ = weights.read(row_scale);
  if (!bias_.empty() && !scale_.empty()) {
    std::transform(bias_.begin(), bias_.end(), scale_.begin(), bias_.begin(), std::multiplies<>());
    weights_.check_finite(weight_name_, bias_);
  }
}

StoredLinear::~StoredLinear() { release_pages(); }

LinearParameters StoredLinear::all() {
  if (scale_.empty()) {
    if (const auto in_place = weights_.rows_in_place(weight_name_, 0, out_)) {
      return {*in_place, bias_};
    }
  }
  if (converted_.size() == 0) {
    converted_ = Buffer(static_cast<size_t>(out_ * in_));
    weights_.read(weight_name_, converted_.span());
    scale(0, converted_.span());
  }
  return {converted_.span(), bias_};
}

std::span<const float> StoredLinear::rows(int64_t first, int64_t count,
                                          std::span<float> scratch) const {
  if (scale_.empty()) {
    if (const auto in_place = weights_.rows_in_place(weight_name_, first, count)) return *in_place;
  }
  weights_.read_rows(weight_name_, first, count, scratch);
  scale(first, scratch);
  return scratch;
}

// Multiplies rows, the first of which is row `first`, by their scales.
void StoredLinear::scale(int64_t first, std::span<float> rows) const {
  if (scale_.empty()) return;
  for (size_t i = 0; i < rows.size(); ++i) rows[i] *= scale_[size_t(first) + i / size_t(in_)];
  weights_.check_finite(weight_name_, rows);
}

void StoredLinear::release_pages() const { weights_.release_pages(weight_name_); }

}  // namespace saccade
