#include "weights/describe/mlp_spec.h"

namespace saccade {

void MlpSpec::add_tensors(const std::string& prefix, int64_t dim, const NormSpec& norms,
                          ExpectedTensors& tensors) const {
  tensors.add_linear(prefix + "fc1", fc1_dim(), dim);
  if (norm) norms.add_norm(prefix + "norm", hidden_dim, tensors);
  tensors.add_linear(prefix + "fc2", dim, hidden_dim);
}

const char* name_of(Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return "gelu";
    case Activation::gelu_tanh:
      return "gelu_tanh";
    case Activation::quick_gelu:
      return "quick_gelu";
    case Activation::silu:
      return "silu";
    case Activation::relu:
      return "relu";
  }
  return "?";
}

const char* name_of(MlpKind kind) {
  switch (kind) {
    case MlpKind::plain:
      return "plain";
    case MlpKind::gated:
      return "gated";
  }
  return "?";
}

}  // namespace saccade
