#include "model/layers/self_attention_backward.h"

#include <fmt/format.h>

#include <cmath>

#include "model/kernels/convert.h"
#include "model/layers/self_attention.h"
#include "model/layers/softmax.h"

namespace saccade {

ScaledDotProductBackward::ScaledDotProductBackward(Runtime& runtime, int64_t heads,
                                                   int64_t head_dim, FloatType type)
    : runtime_(&runtime), heads_(heads), head_dim_(head_dim), type_(type) {}

// All heads in one product. Gradients of q, k, v and of what was mixed have the heads side by side
// in their columns, as the layers around take and give them.
ScaledDotProductBackward::Primitives ScaledDotProductBackward::make(const TokenShape& shape) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const int64_t H = heads_, d = head_dim_, D = H * d;
  const auto type = data_type(type_);
  const auto dmixed = strided({1, H, Q, d}, {Q * D, d, D, 1}, type);
  const auto q = strided({1, H, Q, d}, {D * T, T * d, d, 1}, type);
  const auto k = dense({1, H, T, d}, type);
  const auto v_transposed = strided({1, H, d, T}, {D * T, T * d, 1, d}, type);
  const auto probs = dense({1, H, Q, T}, type);
  const auto probs_transposed = strided({1, H, T, Q}, {H * Q * T, Q * T, 1, T}, type);
  const auto dprobs = dense({1, H, Q, T});
  const auto dq = strided({1, H, Q, d}, {Q * D, d, D, 1});
  const auto dk = strided({1, H, T, d}, {T * D, d, D, 1});
  const auto matmul = [&](const auto& src, const auto& weights, const auto& dst) {
    return Matmul(*runtime_, Team::all, src, weights, dst);
  };
  return {matmul(dmixed, v_transposed, dprobs), matmul(probs_transposed, dmixed, dk),
          matmul(probs, k, dq), matmul(probs_transposed, q, dk)};
}

ScaledDotProductBackward::Primitives& ScaledDotProductBackward::for_shape(const TokenShape& shape) {
  const auto found = by_shape_.find(shape);
  if (found != by_shape_.end()) return found->second;
  return by_shape_.emplace(shape, make(shape)).first->second;
}

void ScaledDotProductBackward::to_probs(const Attended& at, FloatView dmixed,
                                        const TokenShape& shape, float* dprobs) {
  const HeadOffset place{heads_, shape.tokens, head_dim_};
  const FloatView v = at.qkv.from(place(HeadOffset::v, 0, 0));
  for_shape(shape).probs(dmixed.data(), v.data(), dprobs);  // [H, Q, T]
}

void ScaledDotProductBackward::to_v(const Attended& at, FloatView dmixed, const TokenShape& shape,
                                    FloatView room, float* dv) {
  const FloatView probs = as_type(at.probs, heads_ * shape.queries * shape.tokens, room);
  for_shape(shape).v(probs.data(), dmixed.data(), dv);  // [T, D]
}

void ScaledDotProductBackward::to_qk(const Attended& at, const TokenShape& shape, float* dprobs,
                                     FloatView room, float* dq, float* dk) {
  const HeadOffset place{heads_, shape.tokens, head_dim_};
  Primitives& run = for_shape(shape);
  const int64_t rows = heads_ * shape.queries;
  softmax_backward(at.probs, rows, shape.tokens, static_cast<float>(1 / std::sqrt(head_dim_)),
                   dprobs);
  const FloatView dscores = as_type(dprobs, rows * shape.tokens, room);       // [H, Q, T]
  run.q(dscores.data(), at.qkv.from(place(HeadOffset::k, 0, 0)).data(), dq);  // [Q, D]
  run.k(dscores.data(), at.qkv.from(place(HeadOffset::q, 0, 0)).data(), dk);  // [T, D]
}

void ScaledDotProductBackward::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const auto& [shape, run] : by_shape_) {
    const auto note = [&, s = shape](const char* what, std::string implementation) {
      list.push_back({fmt::format("{} [{}, {}, {}]", what, heads_, s.queries, s.tokens),
                      std::move(implementation)});
    };
    note("attn backward probs", run.probs.implementation());
    note("attn backward v", run.v.implementation());
    note("attn backward q", run.q.implementation());
    note("attn backward k", run.k.implementation());
  }
}

}  // namespace saccade
