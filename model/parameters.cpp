#include "model/parameters.h"

namespace saccade {
namespace {

Buffer read_buffer(const Weights& weights, const std::string& name) {
  if (!weights.has(name)) return Buffer();
  size_t count = 1;
  for (int64_t side : weights.shape(name)) count *= static_cast<size_t>(side);
  Buffer values(count);
  weights.read(name, values.span());
  return values;
}

}  // namespace

StoredLinear::StoredLinear(const Weights& weights, const std::string& name)
    : weight_(read_buffer(weights, name + ".weight")), bias_(read_buffer(weights, name + ".bias")) {
  in_ = static_cast<int64_t>(weight_.size()) / weights.shape(name + ".weight")[0];
}

LinearParameters StoredLinear::rows(int64_t first, int64_t count) const {
  LinearParameters part{weight_.span().subspan(size_t(first * in_), size_t(count * in_)), {}};
  if (bias_.size() > 0) part.bias = bias_.span().subspan(size_t(first), size_t(count));
  return part;
}

void scale(const LinearParameters& parameters, float factor) {
  for (float& value : parameters.weight) value *= factor;
  for (float& value : parameters.bias) value *= factor;
}

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps) {
  return LayerNorm(weights.read(name + ".weight"), weights.read(name + ".bias"), eps);
}

}  // namespace saccade
