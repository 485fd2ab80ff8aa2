#include "model/parameters.h"

#include <memory>
#include <utility>

namespace saccade {

Linear read_linear(Runtime& runtime, const Weights& weights, const std::string& name,
                   const LinearShape& shape, const Finish& finish, const LinearPlan& plan,
                   const std::string& row_scale) {
  auto stored = std::make_shared<StoredLinear>(weights, name, row_scale);
  if (plan.packing == Packing::never) {
    return Linear(runtime, name, shape, plan.rows, finish, std::move(stored), plan.precision);
  }
  return Linear(runtime, name, shape, plan.rows, finish, stored->all(), plan.precision);
}

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps) {
  return LayerNorm(weights.read(name + ".weight"), weights.read(name + ".bias"), eps);
}

}  // namespace saccade
