#include "model/parameters.h"

#include <functional>
#include <numeric>

namespace saccade {

StoredLinear::StoredLinear(const Weights& weights, const std::string& name)
    : weights_(weights), weight_name_(name + ".weight") {
  const std::vector<int64_t>& shape = weights.shape(weight_name_);  // [out, in] or [out, C, P, P]
  out_ = shape[0];
  in_ = std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
  if (weights.has(name + ".bias")) bias_ = weights.read(name + ".bias");
}

StoredLinear::~StoredLinear() { weights_.let_go(weight_name_); }

LinearParameters StoredLinear::rows(int64_t first, int64_t count) {
  LinearParameters part;
  if (!bias_.empty()) part.bias = std::span(bias_).subspan(size_t(first), size_t(count));
  if (const auto in_place = weights_.rows_in_place(weight_name_, first, count)) {
    part.weight = *in_place;
    return part;
  }
  if (converted_.size() == 0) {
    converted_ = Buffer(static_cast<size_t>(out_ * in_));
    weights_.read(weight_name_, converted_.span());
  }
  part.weight = converted_.span().subspan(size_t(first * in_), size_t(count * in_));
  return part;
}

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps) {
  return LayerNorm(weights.read(name + ".weight"), weights.read(name + ".bias"), eps);
}

}  // namespace saccade
