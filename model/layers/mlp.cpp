#include "model/layers/mlp.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/kernels/epilogue.h"
#include "model/layers/activation_backward.h"
#include "model/layers/gate.h"

namespace saccade {

Mlp::Mlp(Runtime& runtime, const VitDescription& vit, const Weights& weights,
         const std::string& block, const LinearPlan& plan)
    : dim_(vit.dim),
      hidden_dim_(vit.mlp.hidden_dim),
      fc1_dim_(vit.mlp.fc1_dim()),
      gated_(vit.mlp.kind == MlpKind::gated),
      activation_(vit.mlp.activation),
      fc1_(read_linear(runtime, weights, block + "mlp.fc1", {dim_, fc1_dim_},
                       gated_ ? Epilogue{} : Epilogue{.activation = vit.mlp.activation}, plan)),
      fc2_(read_linear(runtime, weights, block + "mlp.fc2", {hidden_dim_, dim_},
                       {.accumulate = true}, plan, block + "ls2.gamma")) {
  if (vit.mlp.norm) norm_ = read_norm(weights, block + "mlp.norm", vit);
}

ActivationWidths Mlp::activation_widths(const VitDescription& vit) {
  return {.dim = vit.dim,
          .qkv_or_hidden = vit.mlp.fc1_dim(),
          .gated = vit.mlp.kind == MlpKind::gated ? vit.mlp.hidden_dim : 0,
          .quantized_hidden = vit.mlp.hidden_dim};
}

TapeWidths Mlp::tape_widths(const VitDescription& vit) { return {.hidden = vit.mlp.fc1_dim()}; }

GradientWidths Mlp::gradient_widths(const VitDescription& vit) {
  const bool gated = vit.mlp.kind == MlpKind::gated;
  return {.dim = vit.dim,
          .wide = vit.mlp.fc1_dim(),
          .gated = gated ? vit.mlp.hidden_dim : 0,
          .mlp_scratch = gated || vit.mlp.norm ? 2 * vit.mlp.hidden_dim : 0};
}

void Mlp::operator()(const LayerInput& y, float* x, const Pass& pass) const {
  const LayerInput hidden = hidden_of(y, pass);  // [B, Q, mlp]
  const auto timer = pass.time(LayerKind::fc2);
  fc2_(hidden, pass.shape.query_rows(), x, pass.runtime);  // x += [B, Q, D]
}

// y [B, Q, D] -> [B, Q, mlp], as fc2 takes it.
LayerInput Mlp::hidden_of(const LayerInput& y, const Pass& pass) const {
  const auto timer = pass.time(LayerKind::fc1);
  Activations& a = pass.activations;
  const int64_t rows = pass.shape.query_rows();
  const FloatView hidden = gated_ ? a.gated : a.qkv_or_hidden;
  if (const BranchTape* tape = pass.branch_tape()) {  // keeps what is before the activation
    const FloatView fc1_output = tape->hidden.data();
    fc1_.product(std::get<FloatView>(y), rows, fc1_output, pass.runtime);  // [B, Q, fc1]
    activate_hidden(fc1_output, rows, hidden);                             // [B, Q, mlp]
  } else if (gated_) {
    fc1_(y, rows, FloatView(a.qkv_or_hidden), pass.runtime);  // [B, Q, fc1]
    activate_hidden(a.qkv_or_hidden, rows, hidden);           // [B, Q, mlp]
  } else if (fc1_.can_quantize_output() && fc2_.precision() == Precision::int8 && !norm_) {
    const LayerInput quantized = a.quantized_hidden.rows();
    fc1_(y, rows, quantized, pass.runtime);  // [B, Q, mlp]
    return quantized;
  } else {
    fc1_(y, rows, hidden, pass.runtime);  // [B, Q, mlp]
  }
  if (norm_) norm_->in_place(hidden, rows);
  return hidden;
}

// fc1's output before the activation, [rows, fc1] -> [rows, mlp].
void Mlp::activate_hidden(FloatView fc1_output, int64_t rows, FloatView hidden) const {
  if (gated_) return gate(activation_, fc1_output, rows, hidden_dim_, hidden);
  activate(activation_, fc1_output.f32(), rows * hidden_dim_, hidden);
}

void Mlp::backward(const float* dx, const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t rows = pass.shape.queries, count = rows * hidden_dim_;
  float* fc1_output = pass.recorded(pass.branch_tape().hidden, rows * fc1_dim_);  // [Q, fc1]
  float* dhidden = gated_ ? g.gated.data() : g.wide.data();
  const FloatView dy = as_type(const_cast<float*>(dx), rows * dim_, g.rows);
  fc2_.backward(dy, rows, dhidden, pass.runtime);  // [Q, mlp]
  if (norm_) {
    float* hidden = g.mlp_scratch.data();  // [Q, mlp]
    float* dnormal = hidden + count;       // [Q, mlp]
    activate_hidden(fc1_output, rows, hidden);
    std::copy_n(dhidden, count, dnormal);
    std::fill_n(dhidden, count, 0.0f);
    norm_->backward(hidden, dnormal, rows, dhidden, pass.rule);
  }
  if (gated_) {
    gate_backward(activation_, fc1_output, dhidden, rows, hidden_dim_, g.mlp_scratch.data(),
                  g.wide.data(), pass.runtime);
  } else {
    activation_backward(activation_, fc1_output, dhidden, count, dhidden, pass.runtime);
  }
  fc1_.backward(as_type(g.wide.data(), rows * fc1_dim_, g.rows), rows, g.y.data(),
                pass.runtime);  // [Q, D]
}

}  // namespace saccade
