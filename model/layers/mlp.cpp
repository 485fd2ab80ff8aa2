#include "model/layers/mlp.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/kernels/finish.h"
#include "model/layers/gate.h"

namespace saccade {

Mlp::Mlp(Runtime& runtime, const VitDescription& vit, const Weights& weights,
         const std::string& block, const LinearPlan& plan)
    : dim_(vit.dim),
      hidden_dim_(vit.mlp.hidden_dim),
      fc1_dim_(vit.mlp.fc1_dim()),
      kind_(vit.mlp.kind),
      activation_(vit.mlp.activation),
      fc1_(read_linear(
          runtime, weights, block + "mlp.fc1", {dim_, fc1_dim_},
          vit.mlp.kind == MlpKind::plain ? Finish{.activation = vit.mlp.activation} : Finish{},
          plan)),
      fc2_(read_linear(runtime, weights, block + "mlp.fc2", {hidden_dim_, dim_},
                       {.accumulate = true}, plan, block + "ls2.gamma")) {
  if (vit.mlp.norm) norm_ = read_norm(weights, block + "mlp.norm", vit);
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
void Mlp::hide(Numbers taken, int64_t rows, Numbers hidden) const {
  if (kind_ == MlpKind::gated) return gate(activation_, taken, rows, hidden_dim_, hidden);
  activate(activation_, taken.f32(), rows * hidden_dim_, hidden);
}

void Mlp::operator()(const Rows& x, int64_t rows, Activations& a, LayerClock& clock, PathTape* tape,
                     float* to) {
  const bool gated = kind_ == MlpKind::gated;
  const Numbers numbers = gated ? a.gated : a.wide;
  Rows hidden = numbers;
  if (tape) {  // the same in two steps, with what lies between kept
    fc1_.product(std::get<Numbers>(x), rows, tape->hidden.data());  // [B, Q, fc1]
    hide(tape->hidden.data(), rows, numbers);                       // [B, Q, mlp]
  } else if (gated) {
    fc1_(x, rows, Numbers(a.wide));  // [B, Q, fc1]
    hide(a.wide, rows, numbers);     // [B, Q, mlp]
  } else {
    const bool coded = fc1_.can_code() && fc2_.precision() == Precision::int8 && !norm_;
    if (coded) hidden = a.wide_codes.rows();
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

void Mlp::backward(const PathTape& tape, float* dy, const BackwardPass& pass, int64_t rows,
                   Eltwise& activation, Gradients& g) {
  const int64_t count = rows * hidden_dim_;
  const float* taken = tape.hidden.data() + pass.image * rows * fc1_dim_;  // [Q, fc1]
  const bool gated = kind_ == MlpKind::gated;
  float* dhidden = gated ? g.gated.data() : g.wide.data();
  fc2_.backward(as_type(dy, rows * dim_, g.rows), rows, dhidden);  // [Q, mlp]
  if (norm_) {
    float* hidden = g.halves.data();  // [Q, mlp]
    float* dnormal = hidden + count;  // [Q, mlp]
    hide(const_cast<float*>(taken), rows, hidden);
    std::copy_n(dhidden, count, dnormal);
    std::fill_n(dhidden, count, 0.0f);
    norm_->backward(hidden, dnormal, rows, dhidden, pass.rule);
  }
  if (gated) {
    gate_backward(activation, taken, dhidden, rows, hidden_dim_, g.halves.data(), g.wide.data());
  } else {
    activation.backward(taken, dhidden, count, dhidden);
  }
  fc1_.backward(as_type(g.wide.data(), rows * fc1_dim_, g.rows), rows, g.y.data());  // [Q, D]
}

}  // namespace saccade
