#include "model/self_attention.h"

#include <fmt/format.h>

namespace saccade {

ScaledDotProduct::ScaledDotProduct(Runtime& runtime, int64_t heads, int64_t head_dim)
    : runtime_(&runtime), heads_(heads), head_dim_(head_dim) {}

// Heads lie side by side in the columns of Q, K and V, and so do those of the result: products over
// [B, H, ., .] read and write them where they are, without copies. (oneDNN's fast matrix product
// takes these layouts only where nothing else lies between the rows: hence Q, K, V one by one.)
ScaledDotProduct::Primitives ScaledDotProduct::make(const TokenShape& shape) {
  const auto [B, T, Q] = shape;
  const int64_t H = heads_, d = head_dim_, D = H * d;
  const auto q = strided({B, H, Q, d}, {Q * D, d, D, 1});
  const auto k_transposed = strided({B, H, d, T}, {T * D, d, 1, D});
  const auto v = strided({B, H, T, d}, {T * D, d, D, 1});
  const auto probs = dense({B, H, Q, T});
  const auto mixed = q;

  const auto softmax_pd_ = softmax_pd(runtime_->engine(), probs, 3, attributes());
  runtime_->reserve_scratchpad(softmax_pd_.scratchpad_desc());
  const dnnl::memory data(probs, runtime_->engine(), nullptr);
  const dnnl::memory scratchpad(softmax_pd_.scratchpad_desc(), runtime_->engine(), nullptr);
  return {Matmul(*runtime_, "attn q k^T", q, k_transposed, std::nullopt, probs),
          Softmax(softmax_pd_),
          softmax_pd_,
          {{DNNL_ARG_SRC, data}, {DNNL_ARG_DST, data}, {DNNL_ARG_SCRATCHPAD, scratchpad}},
          Matmul(*runtime_, "attn probs v", probs, v, std::nullopt, mixed)};
}

ScaledDotProduct::Primitives& ScaledDotProduct::for_shape(const TokenShape& shape) {
  const auto found = by_shape_.find(shape);
  if (found != by_shape_.end()) return found->second;
  return by_shape_.emplace(shape, make(shape)).first->second;
}

void ScaledDotProduct::operator()(const float* q, const float* k, const float* v,
                                  const TokenShape& shape, float* probs, float* mixed) {
  Primitives& run = for_shape(shape);
  run.scores(q, k, nullptr, probs);  // [B, H, Q, T]
  runtime_->clock().lap(LayerKind::scores);
  run.softmax_args.at(DNNL_ARG_SRC).set_data_handle(probs);
  run.softmax_args.at(DNNL_ARG_SCRATCHPAD).set_data_handle(runtime_->scratchpad());
  run.softmax.execute(runtime_->stream(), run.softmax_args);
  runtime_->clock().lap(LayerKind::softmax);
  run.mix(probs, v, nullptr, mixed);  // [B, Q, D]
  runtime_->clock().lap(LayerKind::mix);
}

void ScaledDotProduct::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const auto& [shape, run] : by_shape_) {
    const auto note = [&, s = shape](const char* what, std::string implementation) {
      list.push_back(
          {fmt::format("{} [{}, {}, {}, {}]", what, s.batch, heads_, s.queries, s.tokens),
           std::move(implementation)});
    };
    note("attn q k^T", run.scores.implementation());
    note("attn softmax", run.softmax_pd.impl_info_str());
    note("attn probs v", run.mix.implementation());
  }
}

}  // namespace saccade
