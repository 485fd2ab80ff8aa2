// The MLP of every block.
#pragma once

#include <cstdint>
#include <string>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"
#include "weights/describe/norm_spec.h"

namespace saccade {

/// The MLP's nonlinearity, by timm's and transformers' names.
enum class Activation {
  gelu,        ///< x * Phi(x), exact (erf)
  gelu_tanh,   ///< the tanh approximation: transformers' gelu_new, gelu_pytorch_tanh, gelu_fast
  quick_gelu,  ///< x * sigmoid(1.702 x)
  silu,        ///< x * sigmoid(x)
  relu,
};

/// How an MLP computes its hidden values from the output of fc1.
enum class MlpKind {
  plain,  ///< act(fc1 x)
  gated,  ///< act(first half) * second half (Shazeer 2020, arXiv:2002.05202)
};

struct MlpSpec {
  int64_t hidden_dim = 0;  ///< columns that fc2 takes in
  MlpKind kind = MlpKind::plain;
  bool norm = false;  ///< hidden values are normalised before fc2
  Activation activation = Activation::gelu;

  /// Columns of the output of fc1.
  int64_t fc1_dim() const { return kind == MlpKind::gated ? 2 * hidden_dim : hidden_dim; }

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"mlp_dim", "mlp_width", FieldGroup::sizes, "MLP width", 131072}, hidden_dim);
    visitor(Field{"mlp", "mlp", FieldGroup::sizes}, kind);
    visitor(Field{"mlp_norm"}, norm);
    visitor(Field{"activation", "activation", FieldGroup::sizes}, activation);
  }
  /// The MLP whose tensors' names begin with `prefix`, "blocks.3.mlp.".
  void add_tensors(const std::string& prefix, int64_t dim, const NormSpec& norms,
                   ExpectedTensors& tensors) const;
};

const char* name_of(Activation activation);
const char* name_of(MlpKind kind);

}  // namespace saccade
