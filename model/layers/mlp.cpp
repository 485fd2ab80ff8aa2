#include "model/layers/mlp.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/kernels/epilogue.h"
#include "model/layers/gate.h"

namespace saccade {

Mlp::Mlp(Runtime& runtime, const VitDescription& vit, const Weights& weights,
         const std::string& block, const LinearPlan& plan)
    : dim_(vit.dim),
      hidden_dim_(vit.mlp_dim),
      fc1_dim_(vit.fc1_dim()),
      kind_(vit.mlp),
      activation_(vit.activation),
      fc1_(read_linear(
          runtime, weights, block + "mlp.fc1", {dim_, fc1_dim_},
          vit.mlp == MlpKind::plain ? Epilogue{.activation = vit.activation} : Epilogue{}, plan)),
      fc2_(read_linear(runtime, weights, block + "mlp.fc2", {hidden_dim_, dim_},
                       {.accumulate = true}, plan, block + "ls2.gamma")) {
  if (vit.mlp_norm) norm_ = read_norm(weights, block + "mlp.norm", vit);
}

Mlp::Mlp(Runtime& runtime, const Mlp& twin)
    : dim_(twin.dim_),
      hidden_dim_(twin.hidden_dim_),
      fc1_dim_(twin.fc1_dim_),
      kind_(twin.kind_),
      activation_(twin.activation_),
      fc1_(runtime, twin.fc1_),
      norm_(twin.norm_),
      fc2_(runtime, twin.fc2_) {}

// What fc1 gives without an activation, [rows, fc1] -> [rows, hidden].
void Mlp::activate_hidden(FloatView taken, int64_t rows, FloatView hidden) const {
  if (kind_ == MlpKind::gated) return gate(activation_, taken, rows, hidden_dim_, hidden);
  activate(activation_, taken.f32(), rows * hidden_dim_, hidden);
}

void Mlp::operator()(const LayerInput& x, int64_t rows, Activations& a, LayerClock& clock,
                     BranchTape* tape, float* to) {
  const bool gated = kind_ == MlpKind::gated;
  const FloatView numbers = gated ? a.gated : a.qkv_or_hidden;
  LayerInput hidden = numbers;
  if (tape) {  // the same in two steps, with what lies between kept
    fc1_.product(std::get<FloatView>(x), rows, tape->hidden.data());  // [B, Q, fc1]
    activate_hidden(tape->hidden.data(), rows, numbers);              // [B, Q, mlp]
  } else if (gated) {
    fc1_(x, rows, FloatView(a.qkv_or_hidden));        // [B, Q, fc1]
    activate_hidden(a.qkv_or_hidden, rows, numbers);  // [B, Q, mlp]
  } else {
    const bool quantized =
        fc1_.can_quantize_output() && fc2_.precision() == Precision::int8 && !norm_;
    if (quantized) hidden = a.quantized_hidden.rows();
    fc1_(x, rows, hidden);  // [B, Q, mlp]
  }
  if (norm_) norm_->in_place(numbers, rows);
  clock.lap(LayerKind::fc1);
  fc2_(hidden, rows, to);  // to += [B, Q, D]
  clock.lap(LayerKind::fc2);
}

void Mlp::prepare_backward(int64_t tokens) {
  fc1_.prepare_backward(tokens);
  fc2_.prepare_backward(tokens);
}

void Mlp::backward(const BranchTape& tape, float* dy, const BackwardPass& pass, int64_t rows,
                   Eltwise& activation, Gradients& g) {
  const int64_t count = rows * hidden_dim_;
  const float* taken = tape.hidden.data() + pass.image * rows * fc1_dim_;  // [Q, fc1]
  const bool gated = kind_ == MlpKind::gated;
  float* dhidden = gated ? g.gated.data() : g.qkv_or_hidden.data();
  fc2_.backward(as_type(dy, rows * dim_, g.rows), rows, dhidden);  // [Q, mlp]
  if (norm_) {
    float* hidden = g.halves.data();  // [Q, mlp]
    float* dnormal = hidden + count;  // [Q, mlp]
    activate_hidden(const_cast<float*>(taken), rows, hidden);
    std::copy_n(dhidden, count, dnormal);
    std::fill_n(dhidden, count, 0.0f);
    norm_->backward(hidden, dnormal, rows, dhidden, pass.rule);
  }
  if (gated) {
    gate_backward(activation, taken, dhidden, rows, hidden_dim_, g.halves.data(),
                  g.qkv_or_hidden.data());
  } else {
    activation.backward(taken, dhidden, count, dhidden);
  }
  fc1_.backward(as_type(g.qkv_or_hidden.data(), rows * fc1_dim_, g.rows), rows,
                g.y.data());  // [Q, D]
}

}  // namespace saccade
