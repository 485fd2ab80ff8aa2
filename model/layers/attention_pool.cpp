#include "model/layers/attention_pool.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/parameters.h"
#include "model/layers/softmax.h"

namespace saccade {
namespace {

float dot(const float* a, const float* b, int64_t count) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

// sum += factor * values
void add_scaled(float factor, const float* values, int64_t count, float* sum) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) sum[i] += factor * values[i];
}

// Those of query, keys and values below each other.
std::vector<float> read_qkv(const VitDescription& vit, const Weights& weights,
                            const std::string& parameter) {
  if (vit.pool_in_proj) return weights.read("attn_pool.in_proj_" + parameter);
  std::vector<float> all = weights.read("attn_pool.q." + parameter);
  const std::vector<float> kv = weights.read("attn_pool.kv." + parameter);
  all.insert(all.end(), kv.begin(), kv.end());
  return all;
}

// A picture has one row.
constexpr LinearPlan kPlan{1, Precision::f32, Packing::once};

}  // namespace

AttentionPool::Parameters AttentionPool::read(const VitDescription& vit, const Weights& weights) {
  const int64_t D = vit.dim, d = vit.head_dim();
  const std::vector<float> latent = weights.read("attn_pool.latent");
  const std::vector<float> weight = read_qkv(vit, weights, "weight");  // [3 D, D]
  const std::vector<float> bias = read_qkv(vit, weights, "bias");      // [3 D]

  Parameters parameters;
  parameters.query.resize(size_t(vit.heads * D));
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  for (int64_t row = 0; row < D; ++row) {
    const float q = bias[size_t(row)] + dot(&weight[size_t(row * D)], latent.data(), D);
    const float* k_weight = &weight[size_t((D + row) * D)];
    add_scaled(scale * q, k_weight, D, &parameters.query[size_t(row / d * D)]);
  }
  parameters.value_weight.assign(weight.begin() + 2 * D * D, weight.end());
  parameters.value_bias.assign(bias.begin() + 2 * D, bias.end());
  return parameters;
}

AttentionPool::AttentionPool(Runtime& runtime, const VitDescription& vit, const Weights& weights)
    : dim_(vit.dim),
      heads_(vit.heads),
      mlp_dim_(vit.mlp_dim),
      prefix_(vit.unpooled_prefix()),
      parameters_(std::make_shared<Parameters>(read(vit, weights))),
      proj_(read_linear(runtime, weights, "attn_pool.proj", {dim_, dim_}, {}, kPlan)),
      fc1_(read_linear(runtime, weights, "attn_pool.mlp.fc1", {dim_, mlp_dim_},
                       {.activation = vit.activation}, kPlan)),
      fc2_(read_linear(runtime, weights, "attn_pool.mlp.fc2", {mlp_dim_, dim_},
                       {.accumulate = true}, kPlan)),
      norm_(read_norm(weights, "attn_pool.norm", vit)),
      activation_(runtime, vit.activation) {}

AttentionPool::AttentionPool(Runtime& runtime, const AttentionPool& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      mlp_dim_(twin.mlp_dim_),
      prefix_(twin.prefix_),
      parameters_(twin.parameters_),
      proj_(runtime, twin.proj_),
      fc1_(runtime, twin.fc1_),
      fc2_(runtime, twin.fc2_),
      norm_(twin.norm_),
      activation_(runtime, twin.activation_.kind()) {}

// x [N, D] -> attended [D], with probs_ [H, N] and what they mix, mixed_ [H, D].
void AttentionPool::attend(const float* x, int64_t patches, float* attended) {
  const int64_t d = dim_ / heads_;
  probs_.resize(size_t(heads_ * patches));
  mixed_.resize(size_t(heads_ * dim_));
  parallel_for(heads_, [&](int64_t h) {
    float* p = &probs_[size_t(h * patches)];
    float* mixed = &mixed_[size_t(h * dim_)];
    for (int64_t t = 0; t < patches; ++t) {
      p[t] = dot(&parameters_->query[size_t(h * dim_)], x + t * dim_, dim_);
    }
    float factor = 0;
    softmax_numerators(p, 1, patches, 1, p, &factor);
    std::fill_n(mixed, dim_, 0.0f);
    for (int64_t t = 0; t < patches; ++t) {
      p[t] *= factor;
      add_scaled(p[t], x + t * dim_, dim_, mixed);
    }
    for (int64_t row = h * d; row < (h + 1) * d; ++row) {
      attended[row] = parameters_->value_bias[size_t(row)] +
                      dot(&parameters_->value_weight[size_t(row * dim_)], mixed, dim_);
    }
  });
}

void AttentionPool::operator()(FloatView y, const TokenShape& shape, float* pooled) {
  const int64_t B = shape.batch, each = shape.queries * dim_;
  room_.resize(size_t(each));
  attended_.resize(size_t(B * dim_));
  normal_.resize(attended_.size());
  hidden_.resize(size_t(B * mlp_dim_));
  for (int64_t image = 0; image < B; ++image) {
    const float* x = as_type(y.from(image * each), each, room_.data()).f32();  // [Q, D]
    attend(x + prefix_ * dim_, shape.queries - prefix_, &attended_[size_t(image * dim_)]);
  }
  proj_(FloatView(attended_.data()), B, FloatView(pooled));       // [B, D]
  norm_(pooled, B, FloatView(normal_.data()));                    // [B, D]
  fc1_(FloatView(normal_.data()), B, FloatView(hidden_.data()));  // [B, mlp]
  fc2_(FloatView(hidden_.data()), B, FloatView(pooled));          // pooled += [B, D]
}

void AttentionPool::backward(const float* y, const float* dpooled, const TokenShape& shape,
                             GradientRule rule, float* dy) {
  const int64_t N = shape.queries - prefix_, d = dim_ / heads_;
  const float* x = y + prefix_ * dim_;  // [N, D]
  std::vector<float> attended(size_t(dim_), 0), z(attended), normal(attended), dnormal(attended);
  std::vector<float> hidden(size_t(mlp_dim_), 0), dhidden(hidden);
  attend(x, N, attended.data());
  proj_(FloatView(attended.data()), 1, FloatView(z.data()));
  norm_(z.data(), 1, FloatView(normal.data()));
  fc1_.product(normal.data(), 1, hidden.data());

  std::vector<float> dz(dpooled, dpooled + dim_), dattended(size_t(dim_), 0);
  fc2_.backward(dz.data(), 1, dhidden.data());
  activation_.backward(hidden.data(), dhidden.data(), mlp_dim_, dhidden.data());
  fc1_.backward(dhidden.data(), 1, dnormal.data());
  norm_.backward(z.data(), dnormal.data(), 1, dz.data(), rule);
  proj_.backward(dz.data(), 1, dattended.data());

  std::vector<float> dmixed(mixed_.size(), 0), dscores(probs_.size(), 0);  // [H, D], [H, N]
  parallel_for(heads_, [&](int64_t h) {
    float* dm = &dmixed[size_t(h * dim_)];
    for (int64_t row = h * d; row < (h + 1) * d; ++row) {
      add_scaled(dattended[size_t(row)], &parameters_->value_weight[size_t(row * dim_)], dim_, dm);
    }
    for (int64_t t = 0; t < N; ++t) dscores[size_t(h * N + t)] = dot(dm, x + t * dim_, dim_);
  });
  const bool exact = rule == GradientRule::exact;
  if (exact) softmax_backward(probs_.data(), heads_, N, 1, dscores.data());
  parallel_for(N, [&](int64_t t) {
    float* dx = dy + (prefix_ + t) * dim_;
    for (int64_t h = 0; h < heads_; ++h) {
      const auto at = size_t(h * N + t);
      add_scaled(probs_[at], &dmixed[size_t(h * dim_)], dim_, dx);
      if (exact) add_scaled(dscores[at], &parameters_->query[size_t(h * dim_)], dim_, dx);
    }
  });
}

void AttentionPool::prepare_backward() {
  for (Linear* linear : {&proj_, &fc1_, &fc2_}) linear->prepare_backward(1);
}

void AttentionPool::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const Linear* linear : {&proj_, &fc1_, &fc2_}) linear->list_primitives(list);
  activation_.list_primitives(list);
}

}  // namespace saccade
