#include "model/attention_layer.h"

#include <algorithm>

#include "model/convert.h"
#include "model/parameters.h"
#include "model/position_bias.h"

namespace saccade {
namespace {

// The parts of qkv.
constexpr int64_t kQ = 0, kK = 1, kV = 2;

}  // namespace

AttentionLayer::AttentionLayer(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                               const std::string& block, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.heads),
      qkv_(read_linear(runtime, weights, block + "attn.qkv", {dim_, 3 * dim_, /*parts=*/3}, {},
                       plan.linears)),
      position_bias_(read_position_bias(vit, weights, plan.input, block, plan.position_bias)),
      rope_(plan.rope),
      proj_(read_linear(runtime, weights, block + "attn.proj", {dim_, dim_}, {.accumulate = true},
                        plan.linears, block + "ls1.gamma")) {
  if (vit.qk_norm) qk_norm_.emplace(vit, weights, block + "attn.");
  if (vit.attn_norm) mixed_norm_ = read_norm(weights, block + "attn.norm", vit);
}

AttentionLayer::AttentionLayer(Runtime& runtime, const AttentionLayer& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      qkv_(runtime, twin.qkv_),
      qk_norm_(twin.qk_norm_),
      position_bias_(twin.position_bias_),
      rope_(twin.rope_),
      mixed_norm_(twin.mixed_norm_),
      proj_(runtime, twin.proj_) {}

// y [B, T, D] -> qkv [B, 3, H, T, d], of q what is needed; y is then [B, Q, D].
void AttentionLayer::project(const Rows& y, const TokenShape& shape, Numbers qkv) {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = dim_ / heads_;
  // Rows are tokens of an image, columns heads of q, k and v.
  const auto heads_of = [&](int64_t rows) { return Placement{rows, 3 * T * dim_, d, d, T * d}; };
  qkv_(y, B * T, Q == T ? Parts{kQ, 3} : Parts{kK, 2}, heads_of(T), qkv);
  if (Q == T) return;
  keep_queries(y, shape, dim_);
  qkv_(y, B * Q, {kQ, 1}, heads_of(Q), qkv);
}

void AttentionLayer::operator()(const Rows& y, const TokenShape& shape, Activations& a,
                                Functions& functions, ProbsRoom probs, PathTape* tape, float* to) {
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  const Numbers qkv = tape ? tape->qkv : a.wide;
  project(y, shape, qkv);  // [B, 3, H, T, d]
  if (qk_norm_) (*qk_norm_)(qkv, shape, tape ? tape->raw.data() : nullptr);
  if (rope_) (*rope_)(qkv, shape);
  clock.lap(LayerKind::qkv);
  functions.attention(qkv, shape, probs, a.mixed,
                      position_bias_ ? position_bias_->data() : nullptr);  // [B, Q, D]
  normalize_mixed(a.mixed, queries, tape);
  clock.lap(LayerKind::attention);
  proj_(a.mixed, queries, to);  // to += [B, Q, D]
  clock.lap(LayerKind::proj);
}

// [B, Q, D], where it lies.
void AttentionLayer::normalize_mixed(Numbers mixed, int64_t rows, PathTape* tape) {
  if (!mixed_norm_) return;
  if (tape) convert(mixed, rows * dim_, Numbers(tape->mixed.data()));
  mixed_norm_->in_place(mixed, rows);
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
                                       Functions& functions, Gradients& g, float* dprobs) {
  const int64_t rows = shape.queries;
  proj_.backward(as_type(dy, rows * dim_, g.rows), rows, g.y.data());  // [Q, D]
  if (mixed_norm_) {
    std::copy_n(g.y.data(), rows * dim_, g.wide.data());
    std::fill_n(g.y.data(), rows * dim_, 0.0f);
    const float* mixed = recorded.tape.mixed.data() + pass.image * rows * dim_;
    mixed_norm_->backward(mixed, g.wide.data(), rows, g.y.data(), pass.rule);
  }
  const Numbers dmixed = as_type(g.y.data(), rows * dim_, g.mixed);  // [Q, D]
  functions.attention_backward.to_probs(attended(recorded, pass.image, shape.tokens), dmixed, shape,
                                        dprobs);  // [H, Q, T]
}

void AttentionLayer::backward_to_input(const Recorded& recorded, float* dprobs,
                                       const BackwardPass& pass, const TokenShape& shape,
                                       Functions& functions, Gradients& g) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const auto backward = [&](Buffer& gradients, int64_t rows, int64_t part, bool accumulate) {
    const Numbers dy = as_type(gradients.data(), rows * dim_, g.rows);
    qkv_.backward(dy, rows, g.y.data(), accumulate, part);
  };
  const Attended at = attended(recorded, pass.image, T);
  ScaledDotProductBackward& attention = functions.attention_backward;
  const Numbers dmixed = as_type(g.y.data(), Q * dim_, g.mixed);
  attention.to_v(at, dmixed, shape, g.scores, g.v.data());  // [T, D]
  backward(g.v, T, kV, false);                              // [T, D]
  if (pass.rule != GradientRule::exact) return;
  attention.to_qk(at, shape, dprobs, g.scores, g.q.data(), g.k.data());
  if (rope_) rope_->backward(shape, g);
  if (qk_norm_) qk_norm_->backward(recorded.tape.raw.data() + pass.image * 2 * T * dim_, shape, g);
  backward(g.k, T, kK, true);  // [T, D]
  backward(g.q, Q, kQ, true);  // its first Q rows
}

}  // namespace saccade
