#include "model/parameters.h"

namespace saccade {

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps) {
  return LayerNorm(weights.read(name + ".weight"), weights.read(name + ".bias"), eps);
}

}  // namespace saccade
