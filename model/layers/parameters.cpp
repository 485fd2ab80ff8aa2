#include "model/layers/parameters.h"

#include <memory>
#include <utility>
#include <vector>

namespace saccade {

Linear read_linear(Runtime& runtime, const Weights& weights, const std::string& name,
                   const LinearShape& shape, const Epilogue& epilogue, const LinearPlan& plan,
                   const std::string& row_scale) {
  auto stored = std::make_shared<StoredLinear>(weights, name, row_scale);
  if (plan.packing == Packing::never) {
    return Linear(runtime, name, shape, plan.rows, epilogue, std::move(stored), plan.precision);
  }
  return Linear(runtime, name, shape, plan.rows, epilogue, stored->all(), plan.precision);
}

LayerNorm read_norm(const Weights& weights, const std::string& name, const VitDescription& vit) {
  std::vector<float> bias;
  if (vit.norms.kind == NormKind::layer) bias = weights.read(name + ".bias");
  return LayerNorm(weights.read(name + ".weight"), std::move(bias), vit.norms.eps, vit.norms.kind);
}

}  // namespace saccade
