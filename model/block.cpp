#include "model/block.h"

#include <algorithm>
#include <cmath>

#include "model/parameters.h"

namespace saccade {
namespace {

Linear read_linear(Runtime& runtime, const Weights& weights, const std::string& name, int64_t in,
                   int64_t out, int64_t rows, Fused fused) {
  return Linear(runtime, name, in, out, rows, fused, StoredLinear(weights, name).all());
}

QkvProjections read_qkv(Runtime& runtime, const Weights& weights, const std::string& name,
                        const VitDescription& vit, int64_t rows) {
  StoredLinear stored(weights, name);
  const int64_t D = vit.dim;
  QkvProjections qkv{.q = Linear(runtime, name + ".q", D, D, rows, {}, stored.rows(0, D)),
                     .k = Linear(runtime, name + ".k", D, D, rows, {}, stored.rows(D, D)),
                     .v = Linear(runtime, name + ".v", D, D, rows, {}, stored.rows(2 * D, D))};
  // Divided by √d here, so that Q Kᵀ needs no scaling.
  qkv.q.scale(static_cast<float>(1 / std::sqrt(double(vit.head_dim()))));
  return qkv;
}

}  // namespace

Block::Block(Runtime& runtime, const VitDescription& vit, const Weights& weights,
             const std::string& name, int64_t rows)
    : dim_(vit.dim),
      mlp_dim_(vit.mlp_dim),
      heads_(vit.heads),
      norm1_(read_layer_norm(weights, name + "norm1", vit.norm_eps)),
      qkv_(read_qkv(runtime, weights, name + "attn.qkv", vit, rows)),
      proj_(read_linear(runtime, weights, name + "attn.proj", vit.dim, vit.dim, rows,
                        {.accumulate = true})),
      norm2_(read_layer_norm(weights, name + "norm2", vit.norm_eps)),
      fc1_(read_linear(runtime, weights, name + "mlp.fc1", vit.dim, vit.mlp_dim, rows,
                       {.activation = vit.activation})),
      fc2_(read_linear(runtime, weights, name + "mlp.fc2", vit.mlp_dim, vit.dim, rows,
                       {.accumulate = true})) {}

Block::Block(Runtime& runtime, const Block& twin)
    : dim_(twin.dim_),
      mlp_dim_(twin.mlp_dim_),
      heads_(twin.heads_),
      norm1_(twin.norm1_),
      qkv_{Linear(runtime, twin.qkv_.q), Linear(runtime, twin.qkv_.k),
           Linear(runtime, twin.qkv_.v)},
      proj_(runtime, twin.proj_),
      norm2_(twin.norm2_),
      fc1_(runtime, twin.fc1_),
      fc2_(runtime, twin.fc2_) {}

const float* Block::forward(Activations& a, const TokenShape& shape, Functions& functions,
                            BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  float* k = tape ? tape->k.data() : a.wide.data();      // [B, T, D]
  float* v = tape ? tape->v.data() : k + tokens * dim_;  // [B, T, D]
  float* q = tape ? tape->q.data() : v + tokens * dim_;  // [B, Q, D]
  float* probs = tape ? tape->probs.data() : a.probs.data();
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  norm1_(a.x.data(), tokens, a.y.data());  // [B, T, D]
  clock.lap(LayerKind::norm);
  qkv_.k(a.y.data(), tokens, k);          // [B, T, D]
  qkv_.v(a.y.data(), tokens, v);          // [B, T, D]
  keep_queries(a.y.data(), shape, dim_);  // [B, Q, D]
  qkv_.q(a.y.data(), queries, q);         // [B, Q, D]
  clock.lap(LayerKind::qkv);
  functions.attention(q, k, v, shape, probs, a.mixed.data());  // [B, Q, D]
  keep_queries(a.x.data(), shape, dim_);                       // [B, Q, D]
  proj_(a.mixed.data(), queries, a.x.data());                  // x += [B, Q, D]
  clock.lap(LayerKind::proj);

  norm2_(a.x.data(), queries, a.y.data());  // [B, Q, D]
  clock.lap(LayerKind::norm);
  if (tape) {  // the same in two steps, with what lies between kept
    std::copy_n(a.x.data(), queries * dim_, tape->mid.data());
    fc1_.product(a.y.data(), queries, tape->hidden.data());  // [B, Q, mlp]
    functions.activation(tape->hidden.data(), queries * mlp_dim_, a.wide.data());
  } else {
    fc1_(a.y.data(), queries, a.wide.data());  // [B, Q, mlp]
  }
  clock.lap(LayerKind::fc1);
  fc2_(a.wide.data(), queries, a.x.data());  // x += [B, Q, D]
  clock.lap(LayerKind::fc2);
  return probs;
}

void Block::prepare_backward(int64_t tokens) {
  for (Linear* linear : {&qkv_.k, &qkv_.v, &qkv_.q, &proj_, &fc1_, &fc2_}) {
    linear->prepare_backward(tokens);
  }
}

// g.x [Q, D]: dx += norm2'(fc1'(act'(fc2'(dx)))).
void Block::mlp_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows,
                         Eltwise& activation, Gradients& g) {
  const float* mid = tape.mid.data() + pass.image * rows * dim_;               // [Q, D]
  const float* hidden = tape.hidden.data() + pass.image * rows * mlp_dim_;     // [Q, mlp]
  fc2_.backward(g.x.data(), rows, g.wide.data());                              // [Q, mlp]
  activation.backward(hidden, g.wide.data(), rows * mlp_dim_, g.wide.data());  // [Q, mlp]
  fc1_.backward(g.wide.data(), rows, g.y.data());                              // [Q, D]
  norm2_.backward(mid, g.y.data(), rows, g.x.data(), pass.rule);               // [Q, D]
}

void Block::backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                     Functions& functions, Gradients& g, int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const auto of_image = [&](const Buffer& values, int64_t each) {
    return values.data() + pass.image * each;
  };
  const auto show = [&](GradientStage stage, const float* values, const Buffer& gradients,
                        int64_t count) {
    if (!pass.observer.wants(stage, layer)) return;
    pass.observer.see(stage, layer, {values, size_t(count)}, gradients.span().first(size_t(count)));
  };
  const float* x = of_image(tape.x, T * dim_);
  const Attended at{of_image(tape.q, Q * dim_), of_image(tape.k, T * dim_),
                    of_image(tape.v, T * dim_), of_image(tape.probs, heads_ * Q * T)};
  ScaledDotProductBackward& attention = functions.attention_backward;

  mlp_backward(tape, pass, Q, functions.activation, g);       // g.x [Q, D]
  proj_.backward(g.x.data(), Q, g.y.data());                  // [Q, D]
  attention.to_probs(at, g.y.data(), shape, g.probs.data());  // [H, Q, T]
  show(GradientStage::attention, at.probs, g.probs, heads_ * Q * T);
  const bool wants_norm1 = pass.observer.wants(GradientStage::norm1, layer);
  if (last_wanted && !wants_norm1) return;

  attention.to_v(at, g.y.data(), shape, g.v.data());  // [T, D]
  qkv_.v.backward(g.v.data(), T, g.y.data());         // [T, D]
  if (pass.rule == GradientRule::exact) {
    attention.to_qk(at, shape, g.probs.data(), g.q.data(), g.k.data());  // [Q, D], [T, D]
    qkv_.k.backward(g.k.data(), T, g.y.data(), /*accumulate=*/true);     // [T, D]
    qkv_.q.backward(g.q.data(), Q, g.y.data(), /*accumulate=*/true);     // its first Q rows
  }
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
  for (const Linear* linear : {&qkv_.q, &qkv_.k, &qkv_.v, &proj_, &fc1_, &fc2_}) {
    linear->list_primitives(list);
  }
}

}  // namespace saccade
