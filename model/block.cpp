#include "model/block.h"

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
      norm1_(read_layer_norm(weights, name + "norm1", vit.norm_eps)),
      qkv_(read_qkv(runtime, weights, name + "attn.qkv", vit, rows)),
      proj_(read_linear(runtime, weights, name + "attn.proj", vit.dim, vit.dim, rows,
                        {.accumulate = true})),
      norm2_(read_layer_norm(weights, name + "norm2", vit.norm_eps)),
      fc1_(read_linear(runtime, weights, name + "mlp.fc1", vit.dim, vit.mlp_dim, rows,
                       {.activation = vit.activation})),
      fc2_(read_linear(runtime, weights, name + "mlp.fc2", vit.mlp_dim, vit.dim, rows,
                       {.accumulate = true})) {}

void Block::forward(Activations& a, const TokenShape& shape, ScaledDotProduct& attention) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  float* k = a.wide.data();      // [B, T, D]
  float* v = k + tokens * dim_;  // [B, T, D]
  float* q = v + tokens * dim_;  // [B, Q, D]

  norm1_(a.x.data(), tokens, a.y.data());                     // [B, T, D]
  qkv_.k(a.y.data(), tokens, k);                              // [B, T, D]
  qkv_.v(a.y.data(), tokens, v);                              // [B, T, D]
  keep_queries(a.y.data(), shape, dim_);                      // [B, Q, D]
  qkv_.q(a.y.data(), queries, q);                             // [B, Q, D]
  attention(q, k, v, shape, a.probs.data(), a.mixed.data());  // [B, Q, D]
  keep_queries(a.x.data(), shape, dim_);                      // [B, Q, D]
  proj_(a.mixed.data(), queries, a.x.data());                 // x += [B, Q, D]

  norm2_(a.x.data(), queries, a.y.data());   // [B, Q, D]
  fc1_(a.y.data(), queries, a.wide.data());  // [B, Q, mlp]
  fc2_(a.wide.data(), queries, a.x.data());  // x += [B, Q, D]
}

void Block::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const Linear* linear : {&qkv_.q, &qkv_.k, &qkv_.v, &proj_, &fc1_, &fc2_}) {
    linear->list_primitives(list);
  }
}

}  // namespace saccade
