#include "model/self_attention_backward.h"

#include <fmt/format.h>

namespace saccade {

ScaledDotProductBackward::ScaledDotProductBackward(Runtime& runtime, int64_t heads,
                                                   int64_t head_dim)
    : runtime_(&runtime), heads_(heads), head_dim_(head_dim) {}

// As forward, heads stay in the columns of Q, K and V.
ScaledDotProductBackward::Primitives ScaledDotProductBackward::make(const TokenShape& shape) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const int64_t H = heads_, d = head_dim_, D = H * d;
  const auto queries = strided({1, H, Q, d}, {Q * D, d, D, 1});
  const auto tokens = strided({1, H, T, d}, {T * D, d, D, 1});
  const auto tokens_transposed = strided({1, H, d, T}, {T * D, d, 1, D});
  const auto probs = dense({1, H, Q, T});
  const auto probs_transposed = strided({1, H, T, Q}, {H * Q * T, Q * T, 1, T});
  const auto matmul = [&](const char* name, const auto& src, const auto& weights, const auto& dst) {
    return Matmul(*runtime_, name, src, weights, std::nullopt, dst);
  };
  const auto softmax = softmax_backward_pd(runtime_->engine(), probs, probs, 3, attributes());
  runtime_->reserve_scratchpad(softmax.scratchpad_desc());
  const dnnl::memory values(probs, runtime_->engine(), nullptr);
  const dnnl::memory gradients(probs, runtime_->engine(), nullptr);  // in place
  const dnnl::memory scratchpad(softmax.scratchpad_desc(), runtime_->engine(), nullptr);
  return {matmul("attn backward probs", queries, tokens_transposed, probs),
          matmul("attn backward v", probs_transposed, queries, tokens),
          matmul("attn backward q", probs, tokens, queries),
          matmul("attn backward k", probs_transposed, queries, tokens),
          softmax,
          SoftmaxBackward(softmax),
          {{DNNL_ARG_DST, values},
           {DNNL_ARG_DIFF_DST, gradients},
           {DNNL_ARG_DIFF_SRC, gradients},
           {DNNL_ARG_SCRATCHPAD, scratchpad}}};
}

ScaledDotProductBackward::Primitives& ScaledDotProductBackward::for_shape(const TokenShape& shape) {
  const auto found = by_shape_.find(shape);
  if (found != by_shape_.end()) return found->second;
  return by_shape_.emplace(shape, make(shape)).first->second;
}

void ScaledDotProductBackward::to_probs(const Attended& at, const float* dmixed,
                                        const TokenShape& shape, float* dprobs) {
  for_shape(shape).probs(dmixed, at.v, nullptr, dprobs);  // [H, Q, T]
}

void ScaledDotProductBackward::to_v(const Attended& at, const float* dmixed,
                                    const TokenShape& shape, float* dv) {
  for_shape(shape).v(at.probs, dmixed, nullptr, dv);  // [T, D]
}

void ScaledDotProductBackward::to_qk(const Attended& at, const TokenShape& shape, float* dprobs,
                                     float* dq, float* dk) {
  Primitives& run = for_shape(shape);
  run.softmax_args.at(DNNL_ARG_DST).set_data_handle(const_cast<float*>(at.probs));
  run.softmax_args.at(DNNL_ARG_DIFF_DST).set_data_handle(dprobs);
  run.softmax_args.at(DNNL_ARG_SCRATCHPAD).set_data_handle(runtime_->scratchpad());
  run.softmax.execute(runtime_->stream(), run.softmax_args);
  run.q(dprobs, at.k, nullptr, dq);  // [Q, D]
  run.k(dprobs, at.q, nullptr, dk);  // [T, D]
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
    note("attn backward softmax", run.softmax_pd.impl_info_str());
  }
}

}  // namespace saccade
