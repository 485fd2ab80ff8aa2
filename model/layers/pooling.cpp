#include "model/layers/pooling.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/layers/parameters.h"

namespace saccade {
namespace {

// Mean of rows [count, dim] -> [dim].
template <typename T>
void mean_of_rows(const T* rows, int64_t count, int64_t dim, float* mean) {
  std::fill_n(mean, dim, 0.0f);
  for (int64_t row = 0; row < count; ++row) {
    const T* values = rows + row * dim;
    for (int64_t i = 0; i < dim; ++i) mean[i] += to_f32(values[i]);
  }
  for (int64_t i = 0; i < dim; ++i) mean[i] /= static_cast<float>(count);
}

void mean_of_rows(FloatView rows, int64_t count, int64_t dim, float* mean) {
  if (rows.type() == FloatType::f32) return mean_of_rows(rows.f32(), count, dim, mean);
  mean_of_rows(rows.bf16(), count, dim, mean);
}

}  // namespace

Pool::Pool(Runtime& runtime, const VitDescription& vit, const Weights& weights)
    : dim_(vit.dim), prefix_(vit.unpooled_prefix()), kind_(vit.pooling.kind) {
  if (kind_ == Pooling::attention) attention_.emplace(runtime, vit, weights);
  if (vit.norms.after_pooling) fc_norm_ = read_norm(weights, "fc_norm", vit);
}

int64_t Pool::rows_read(const VitDescription& vit, int64_t tokens) {
  if (vit.pooling.kind != Pooling::token) return tokens;
  int64_t rows = 1;
  for (const ClassifierHead& head : vit.head.classifiers) rows = std::max(rows, head.token_row + 1);
  return rows;
}

int64_t Pool::parts() const { return kind_ == Pooling::token_and_patch_mean ? 2 : 1; }

Pool::Range Pool::rows(int64_t part, const TokenShape& shape, int64_t token) const {
  const bool one_token =
      kind_ == Pooling::token || (kind_ == Pooling::token_and_patch_mean && part == 0);
  return one_token ? Range{token, 1} : Range{prefix_, shape.queries - prefix_};
}

void Pool::operator()(FloatView y, const TokenShape& shape, int64_t token, FloatView pooled,
                      Runtime& runtime) const {
  const Scratch means = runtime.scratch((attention_ ? shape.batch : 1) * dim_);
  if (attention_) (*attention_)(y, shape, means, runtime);  // [B, D]
  for (int64_t i = 0; i < shape.batch * parts(); ++i) {
    const float* values = means;  // [D]
    if (attention_) {
      values += i * dim_;
    } else {
      const auto [first, count] = rows(i % parts(), shape, token);
      const int64_t row = i / parts() * shape.queries + first;
      mean_of_rows(y.from(row * dim_), count, dim_, means);
    }
    const FloatView to = pooled.from(i * dim_);
    if (fc_norm_) {
      (*fc_norm_)(values, 1, to);
    } else {
      copy_rows(values, 1, dim_, to, dim_);
    }
  }
}

void Pool::backward(const float* y, const float* dpooled, const TokenShape& shape, int64_t token,
                    GradientRule rule, float* dy, Runtime& runtime) const {
  for (int64_t part = 0; part < parts(); ++part, dpooled += dim_) {
    const auto [first, count] = rows(part, shape, token);
    std::vector<float> dmean(dpooled, dpooled + dim_);
    if (fc_norm_) {
      const Scratch mean = runtime.scratch(dim_);
      if (attention_) {
        (*attention_)(const_cast<float*>(y), shape, mean, runtime);
      } else {
        mean_of_rows(y + first * dim_, count, dim_, mean.data());
      }
      std::fill(dmean.begin(), dmean.end(), 0.0f);
      fc_norm_->backward(mean, dpooled, 1, dmean.data(), rule);
    }
    if (attention_) return attention_->backward(y, dmean.data(), shape, rule, dy, runtime);
    for (int64_t row = first; row < first + count; ++row) {
      for (int64_t i = 0; i < dim_; ++i) dy[row * dim_ + i] += dmean[size_t(i)] / float(count);
    }
  }
}

void Pool::prepare_backward(Runtime& runtime) {
  if (attention_) attention_->prepare_backward(runtime);
}

void Pool::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  if (attention_) attention_->list_primitives(runtime, list);
}

}  // namespace saccade
