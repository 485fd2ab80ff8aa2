#include "model/layers/attention_layer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "model/kernels/convert.h"
#include "model/layers/parameters.h"
#include "model/layers/position_bias.h"

namespace saccade {
namespace {

// The parts of qkv.
constexpr int64_t kQ = 0, kK = 1, kV = 2;

}  // namespace

AttentionLayer::AttentionLayer(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                               const BlockPath& path, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.heads),
      key_parts_(vit.key_parts()),
      qkv_(read_linear(runtime, weights, path.prefix() + "attn.qkv", {dim_, 3 * dim_, /*parts=*/3},
                       {}, plan.linears)),
      position_bias_(
          read_position_bias(vit, weights, plan.input, path.prefix(), plan.position_bias)),
      rope_(plan.rope),
      proj_(read_linear(runtime, weights, path.prefix() + "attn.proj", {dim_, dim_},
                        {.accumulate = true}, plan.linears, path.prefix() + "ls1.gamma")) {
  if (vit.qk_norm) qk_norm_.emplace(vit, weights, path.prefix() + "attn.");
  if (vit.attn_norm) mixed_norm_ = read_norm(weights, path.prefix() + "attn.norm", vit);
  if (vit.differential) read_differential(weights, path);
}

// Ye et al. 2024, equation 2, and the norm and the factor of what heads mix (section 2.1), in one.
void AttentionLayer::read_differential(const Weights& weights, const BlockPath& path) {
  const std::string name = path.prefix() + "attn.";
  const auto power = [&](const char* q, const char* k) {
    const std::vector<float> a = weights.read(name + q), b = weights.read(name + k);
    return std::exp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0));
  };
  const double initial = 0.8 - 0.6 * std::exp(-0.3 * double(path.block));
  lambda_ = static_cast<float>(power("lambda_q1", "lambda_k1") - power("lambda_q2", "lambda_k2") +
                               initial);
  std::vector<float> weight = weights.read(name + "sub_norm.weight");
  for (float& value : weight) value = static_cast<float>(value * (1 - initial));
  mixed_norm_.emplace(std::move(weight), std::vector<float>(), /*eps=*/1e-5, NormKind::rms);
}

AttentionLayer::AttentionLayer(Runtime& runtime, const AttentionLayer& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      key_parts_(twin.key_parts_),
      qkv_(runtime, twin.qkv_),
      qk_norm_(twin.qk_norm_),
      position_bias_(twin.position_bias_),
      rope_(twin.rope_),
      lambda_(twin.lambda_),
      mixed_norm_(twin.mixed_norm_),
      proj_(runtime, twin.proj_) {}

// y [B, T, D] -> qkv [B, 3, H, T, d], of q what is needed; y is then [B, Q, D].
void AttentionLayer::project(const LayerInput& y, const TokenShape& shape, FloatView qkv) {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = dim_ / heads_;
  // Rows are tokens of an image, columns heads of q, k and v.
  const auto heads_of = [&](int64_t rows, int64_t columns) {
    return OutputLayout{rows, 3 * T * dim_, columns, columns, T * columns};
  };
  const int64_t key = d / key_parts_;
  if (key_parts_ == 1) {
    qkv_(y, B * T, Q == T ? Parts{kQ, 3} : Parts{kK, 2}, heads_of(T, d), qkv);
    if (Q == T) return;
  } else {
    qkv_(y, B * T, {kK, 1}, heads_of(T, key), qkv);
    qkv_(y, B * T, {kV, 1}, heads_of(T, d), qkv);
  }
  keep_queries(y, shape, dim_);
  qkv_(y, B * Q, {kQ, 1}, heads_of(Q, key), qkv);
}

void AttentionLayer::operator()(const LayerInput& y, const TokenShape& shape, Activations& a,
                                SharedOps& functions, AttentionOutput probs, BranchTape* tape,
                                float* to) {
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  const FloatView qkv = tape ? tape->qkv : a.qkv_or_hidden;
  project(y, shape, qkv);  // [B, 3, H, T, d]
  if (qk_norm_) (*qk_norm_)(qkv, shape, tape ? tape->raw.data() : nullptr);
  if (rope_) (*rope_)(qkv, shape);
  clock.lap(LayerKind::qkv);
  if (lambda_) {
    (*functions.differential)(qkv, shape, *lambda_, probs, tape ? tape->halves.data() : nullptr,
                              a.context);  // [B, Q, D]
  } else {
    functions.attention(qkv, shape, probs, a.context,
                        position_bias_ ? position_bias_->data() : nullptr);  // [B, Q, D]
  }
  normalize_mixed(a.context, queries, tape);
  clock.lap(LayerKind::attention);
  proj_(a.context, queries, to);  // to += [B, Q, D]
  clock.lap(LayerKind::proj);
}

// [B, Q, D], where it lies.
void AttentionLayer::normalize_mixed(FloatView mixed, int64_t rows, BranchTape* tape) {
  if (!mixed_norm_) return;
  if (tape) convert(mixed, rows * dim_, FloatView(tape->context.data()));
  mixed_norm_->in_place(mixed, rows * dim_ / mixed_norm_->dim());
}

void AttentionLayer::prepare_backward(int64_t tokens) {
  qkv_.prepare_backward(tokens);
  proj_.prepare_backward(tokens);
}

Attended AttentionLayer::attended(const Recorded& recorded, int64_t image, int64_t tokens) const {
  return {recorded.tape.qkv.from(image * 3 * tokens * dim_), recorded.probs};
}

void AttentionLayer::backward_to_probs(const Recorded& recorded, float* dy,
                                       const BackwardPass& pass, const TokenShape& shape,
                                       SharedOps& functions, Gradients& g, float* dprobs) {
  const int64_t rows = shape.queries;
  proj_.backward(as_type(dy, rows * dim_, g.rows), rows, g.y.data());  // [Q, D]
  if (mixed_norm_) {
    std::copy_n(g.y.data(), rows * dim_, g.qkv_or_hidden.data());
    std::fill_n(g.y.data(), rows * dim_, 0.0f);
    const float* mixed = recorded.tape.context.data() + pass.image * rows * dim_;
    mixed_norm_->backward(mixed, g.qkv_or_hidden.data(), rows * dim_ / mixed_norm_->dim(),
                          g.y.data(), pass.rule);
  }
  const FloatView dmixed = as_type(g.y.data(), rows * dim_, g.context);  // [Q, D]
  functions.attention_backward.to_probs(attended(recorded, pass.image, shape.tokens), dmixed, shape,
                                        dprobs);  // [H, Q, T]
}

void AttentionLayer::backward_to_input(const Recorded& recorded, float* dprobs,
                                       const BackwardPass& pass, const TokenShape& shape,
                                       SharedOps& functions, Gradients& g) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const auto backward = [&](Buffer& gradients, int64_t rows, int64_t part, bool accumulate) {
    const FloatView dy = as_type(gradients.data(), rows * dim_, g.rows);
    qkv_.backward(dy, rows, g.y.data(), accumulate, part);
  };
  const Attended at = attended(recorded, pass.image, T);
  ScaledDotProductBackward& attention = functions.attention_backward;
  const FloatView dmixed = as_type(g.y.data(), Q * dim_, g.context);
  attention.to_v(at, dmixed, shape, g.scores, g.v.data());  // [T, D]
  backward(g.v, T, kV, false);                              // [T, D]
  if (pass.rule != GradientRule::exact) return;
  if (lambda_) {
    float* halves = recorded.tape.halves.data() + pass.image * 2 * heads_ * Q * T;
    functions.differential->to_qk({at.qkv, halves}, shape, *lambda_, dprobs, g.halves_probs.data(),
                                  g.scores, g.q.data(), g.k.data());
  } else {
    attention.to_qk(at, shape, dprobs, g.scores, g.q.data(), g.k.data());
  }
  if (rope_) rope_->backward(shape, g);
  if (qk_norm_) qk_norm_->backward(recorded.tape.raw.data() + pass.image * 2 * T * dim_, shape, g);
  backward(g.k, T, kK, true);  // [T, D]
  backward(g.q, Q, kQ, true);  // its first Q rows
}

}  // namespace saccade
