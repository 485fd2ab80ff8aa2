#include "model/block.h"

#include <algorithm>

#include "model/convert.h"
#include "model/parameters.h"
#include "model/position_bias.h"

namespace saccade {
namespace {

// The parts of qkv.
constexpr int64_t kQ = 0, kK = 1, kV = 2;

// Where a norm puts what the layer after it takes in.
Rows input_of(Precision layer, const Activations& a) {
  if (layer == Precision::int8) return a.codes.rows();
  return Numbers(a.y);
}

}  // namespace

Block::Block(Runtime& runtime, const VitDescription& vit, const Weights& weights,
             const std::string& name, const BlockPlan& plan)
    : dim_(vit.dim),
      fc1_dim_(vit.fc1_dim()),
      heads_(vit.heads),
      norm1_(read_norm(weights, name + "norm1", vit)),
      qkv_(read_linear(runtime, weights, name + "attn.qkv", {dim_, 3 * dim_, /*parts=*/3}, {},
                       plan.linears)),
      position_bias_(read_position_bias(vit, weights, plan.input, name, plan.position_bias)),
      rope_(plan.rope),
      proj_(read_linear(runtime, weights, name + "attn.proj", {dim_, dim_}, {.accumulate = true},
                        plan.linears, name + "ls1.gamma")),
      norm2_(read_norm(weights, name + "norm2", vit)),
      mlp_(runtime, vit, weights, name, plan.linears) {
  if (vit.qk_norm) qk_norm_.emplace(vit, weights, name + "attn.");
  if (vit.attn_norm) attn_norm_ = read_norm(weights, name + "attn.norm", vit);
}

Block::Block(Runtime& runtime, const Block& twin)
    : dim_(twin.dim_),
      fc1_dim_(twin.fc1_dim_),
      heads_(twin.heads_),
      norm1_(twin.norm1_),
      qkv_(runtime, twin.qkv_),
      qk_norm_(twin.qk_norm_),
      position_bias_(twin.position_bias_),
      rope_(twin.rope_),
      attn_norm_(twin.attn_norm_),
      proj_(runtime, twin.proj_),
      norm2_(twin.norm2_),
      mlp_(runtime, twin.mlp_) {}

// y [B, T, D] -> qkv [B, 3, H, T, d], of q what is needed; y is then [B, Q, D].
void Block::project(const Rows& y, const TokenShape& shape, Numbers qkv) {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = dim_ / heads_;
  // Rows are tokens of an image, columns heads of q, k and v.
  const auto heads_of = [&](int64_t rows) { return Placement{rows, 3 * T * dim_, d, d, T * d}; };
  qkv_(y, B * T, Q == T ? Parts{kQ, 3} : Parts{kK, 2}, heads_of(T), qkv);
  if (Q == T) return;
  keep_queries(y, shape, dim_);
  qkv_(y, B * Q, {kQ, 1}, heads_of(Q), qkv);
}

void Block::forward(Activations& a, const TokenShape& shape, Functions& functions, bool keep_probs,
                    BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  const Numbers qkv = tape ? tape->qkv : a.wide;
  float* probs = tape ? tape->probs.data() : keep_probs ? a.probs.data() : nullptr;
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  const Rows normal1 = input_of(qkv_.precision(), a);
  norm1_(a.x.data(), tokens, normal1);  // [B, T, D]
  clock.lap(LayerKind::norm);
  project(normal1, shape, qkv);  // [B, 3, H, T, d]
  if (qk_norm_) (*qk_norm_)(qkv, shape, tape ? tape->raw.data() : nullptr);
  if (rope_) (*rope_)(qkv, shape);
  clock.lap(LayerKind::qkv);
  functions.attention(qkv, shape, probs, a.mixed,
                      position_bias_ ? position_bias_->data() : nullptr);  // [B, Q, D]
  normalize_mixed(a.mixed, queries, tape);
  clock.lap(LayerKind::attention);
  keep_queries(a.x.data(), shape, dim_);  // [B, Q, D]
  proj_(a.mixed, queries, a.x.data());    // x += [B, Q, D]
  clock.lap(LayerKind::proj);

  const Rows normal2 = input_of(mlp_.precision(), a);
  norm2_(a.x.data(), queries, normal2);  // [B, Q, D]
  clock.lap(LayerKind::norm);
  if (tape) std::copy_n(a.x.data(), queries * dim_, tape->mid.data());
  mlp_(normal2, queries, a, clock, tape);  // x += [B, Q, D]
}

// [B, Q, D], where it lies.
void Block::normalize_mixed(Numbers mixed, int64_t rows, BlockTape* tape) {
  if (!attn_norm_) return;
  if (tape) convert(mixed, rows * dim_, Numbers(tape->mixed.data()));
  attn_norm_->in_place(mixed, rows);
}

std::vector<const Linear*> Block::linears() const {
  std::vector<const Linear*> all{&qkv_, &proj_};
  for (const Linear* linear : mlp_.linears()) all.push_back(linear);
  return all;
}

void Block::prepare_backward(int64_t tokens) {
  qkv_.prepare_backward(tokens);
  proj_.prepare_backward(tokens);
  mlp_.prepare_backward(tokens);
}

// g.x [Q, D]: dx += norm2'(mlp'(dx)).
void Block::mlp_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows,
                         Eltwise& activation, Gradients& g) {
  const float* mid = tape.mid.data() + pass.image * rows * dim_;            // [Q, D]
  const float* hidden = tape.hidden.data() + pass.image * rows * fc1_dim_;  // [Q, fc1]
  mlp_.backward(hidden, rows, pass.rule, activation, g);                    // g.y [Q, D]
  norm2_.backward(mid, g.y.data(), rows, g.x.data(), pass.rule);            // [Q, D]
}

// g.x [Q, D] -> g.y [Q, D], the gradient of what attention mixed.
void Block::proj_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows,
                          Gradients& g) {
  proj_.backward(as_type(g.x.data(), rows * dim_, g.rows), rows, g.y.data());
  if (!attn_norm_) return;
  std::copy_n(g.y.data(), rows * dim_, g.wide.data());
  std::fill_n(g.y.data(), rows * dim_, 0.0f);
  const float* mixed = tape.mixed.data() + pass.image * rows * dim_;
  attn_norm_->backward(mixed, g.wide.data(), rows, g.y.data(), pass.rule);
}

// dmixed [Q, D] -> g.y [T, D], the gradient of what norm1 gives. g.probs is that of attention.
void Block::qkv_backward(const Attended& at, const BlockTape& tape, Numbers dmixed,
                         const BackwardPass& pass, const TokenShape& shape,
                         ScaledDotProductBackward& attention, Gradients& g) {
  const auto backward = [&](Buffer& gradients, int64_t rows, int64_t part, bool accumulate) {
    const Numbers dy = as_type(gradients.data(), rows * dim_, g.rows);
    qkv_.backward(dy, rows, g.y.data(), accumulate, part);
  };
  attention.to_v(at, dmixed, shape, g.scores, g.v.data());  // [T, D]
  backward(g.v, shape.tokens, kV, false);                   // [T, D]
  if (pass.rule != GradientRule::exact) return;
  attention.to_qk(at, shape, g.probs.data(), g.scores, g.q.data(), g.k.data());
  if (rope_) rope_->backward(shape, g);
  if (qk_norm_) {
    qk_norm_->backward(tape.raw.data() + pass.image * 2 * shape.tokens * dim_, shape, g);
  }
  backward(g.k, shape.tokens, kK, true);   // [T, D]
  backward(g.q, shape.queries, kQ, true);  // its first Q rows
}

void Block::backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                     Functions& functions, Gradients& g, int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const auto show = [&](GradientStage stage, const float* values, const Buffer& gradients,
                        int64_t count) {
    if (!pass.observer.wants(stage, layer)) return;
    pass.observer.see(stage, layer, {values, size_t(count)}, gradients.span().first(size_t(count)));
  };
  const float* x = tape.x.data() + pass.image * T * dim_;  // [T, D]
  const Attended at{tape.qkv.from(pass.image * 3 * T * dim_),
                    tape.probs.data() + pass.image * heads_ * Q * T};
  ScaledDotProductBackward& attention = functions.attention_backward;

  mlp_backward(tape, pass, Q, functions.activation, g);           // g.x [Q, D]
  proj_backward(tape, pass, Q, g);                                // g.y [Q, D]
  const Numbers dmixed = as_type(g.y.data(), Q * dim_, g.mixed);  // [Q, D]
  attention.to_probs(at, dmixed, shape, g.probs.data());          // [H, Q, T]
  show(GradientStage::attention, at.probs, g.probs, heads_ * Q * T);
  const bool wants_norm1 = pass.observer.wants(GradientStage::norm1, layer);
  if (last_wanted && !wants_norm1) return;

  qkv_backward(at, tape, dmixed, pass, shape, attention, g);  // g.y [T, D]
  if (wants_norm1) {
    norm1_(x, T, g.wide.data());  // [T, D]
    show(GradientStage::norm1, g.wide.data(), g.y, T * dim_);
  }
  if (last_wanted) return;
  // The other rows went on only through attention.
  std::fill_n(g.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
  norm1_.backward(x, g.y.data(), T, g.x.data(), pass.rule);  // [T, D]
}

void Block::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const Linear* linear : linears()) linear->list_primitives(list);
}

}  // namespace saccade
