#include "model/layers/attention_pool.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/activation_backward.h"
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

// The parameters of query, keys and values, one below the other.
std::vector<float> read_qkv(const VitDescription& vit, const Weights& weights,
                            const std::string& parameter) {
  if (vit.pooling.fused_qkv) return weights.read("attn_pool.in_proj_" + parameter);
  std::vector<float> all = weights.read("attn_pool.q." + parameter);
  const std::vector<float> kv = weights.read("attn_pool.kv." + parameter);
  all.insert(all.end(), kv.begin(), kv.end());
  return all;
}

// An image has one row.
constexpr LinearPlan kPlan{1, Precision::f32, Packing::once};

}  // namespace

AttentionPool::Parameters AttentionPool::read(const VitDescription& vit, const Weights& weights) {
  const int64_t D = vit.dim, d = vit.head_dim();
  const std::vector<float> latent = weights.read("attn_pool.latent");
  const std::vector<float> weight = read_qkv(vit, weights, "weight");  // [3 D, D]
  const std::vector<float> bias = read_qkv(vit, weights, "bias");      // [3 D]

  Parameters parameters;
  parameters.query.resize(size_t(vit.attention.heads * D));
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
      heads_(vit.attention.heads),
      mlp_dim_(vit.mlp.hidden_dim),
      prefix_(vit.unpooled_prefix()),
      activation_(vit.mlp.activation),
      parameters_(read(vit, weights)),
      proj_(read_linear(runtime, weights, "attn_pool.proj", {dim_, dim_}, {}, kPlan)),
      fc1_(read_linear(runtime, weights, "attn_pool.mlp.fc1", {dim_, mlp_dim_},
                       {.activation = vit.mlp.activation}, kPlan)),
      fc2_(read_linear(runtime, weights, "attn_pool.mlp.fc2", {mlp_dim_, dim_},
                       {.accumulate = true}, kPlan)),
      norm_(read_norm(weights, "attn_pool.norm", vit)) {}

// x [N, D] -> probs [H, N], context [H, D], which is what they mix, and attended [D].
void AttentionPool::attend(const float* x, int64_t patches, float* probs, float* context,
                           float* attended) const {
  const int64_t d = dim_ / heads_;
  parallel_for(heads_, [&](int64_t h) {
    float* p = probs + h * patches;
    float* mixed = context + h * dim_;
    for (int64_t t = 0; t < patches; ++t) {
      p[t] = dot(&parameters_.query[size_t(h * dim_)], x + t * dim_, dim_);
    }
    float factor = 0;
    softmax_numerators(p, 1, patches, 1, p, &factor);
    std::fill_n(mixed, dim_, 0.0f);
    for (int64_t t = 0; t < patches; ++t) {
      p[t] *= factor;
      add_scaled(p[t], x + t * dim_, dim_, mixed);
    }
    for (int64_t row = h * d; row < (h + 1) * d; ++row) {
      attended[row] = parameters_.value_bias[size_t(row)] +
                      dot(&parameters_.value_weight[size_t(row * dim_)], mixed, dim_);
    }
  });
}

void AttentionPool::operator()(FloatView y, const TokenShape& shape, float* pooled,
                               Runtime& runtime) const {
  const int64_t B = shape.batch, N = shape.queries - prefix_, each = shape.queries * dim_;
  const Scratch f32 = runtime.scratch(each), probs = runtime.scratch(heads_ * N);
  const Scratch context = runtime.scratch(heads_ * dim_), attended = runtime.scratch(B * dim_);
  const Scratch normal = runtime.scratch(B * dim_), hidden = runtime.scratch(B * mlp_dim_);
  for (int64_t image = 0; image < B; ++image) {
    const float* x = as_type(y.from(image * each), each, f32.data()).f32();  // [Q, D]
    attend(x + prefix_ * dim_, N, probs, context, attended + image * dim_);  // [D]
  }
  proj_(FloatView(attended), B, FloatView(pooled), runtime);  // [B, D]
  norm_(pooled, B, FloatView(normal));                        // [B, D]
  fc1_(FloatView(normal), B, FloatView(hidden), runtime);     // [B, mlp]
  fc2_(FloatView(hidden), B, FloatView(pooled), runtime);     // pooled += [B, D]
}

void AttentionPool::backward(const float* y, const float* dpooled, const TokenShape& shape,
                             GradientRule rule, float* dy, Runtime& runtime) const {
  const int64_t N = shape.queries - prefix_;
  const float* x = y + prefix_ * dim_;  // [N, D]
  const Scratch probs = runtime.scratch(heads_ * N), context = runtime.scratch(heads_ * dim_);
  const Scratch attended = runtime.scratch(dim_), dattended = runtime.scratch(dim_);
  attend(x, N, probs, context, attended);
  backward_to_attended(attended, dpooled, rule, dattended, runtime);

  const int64_t d = dim_ / heads_;
  const Scratch dcontext = runtime.scratch(heads_ * dim_), dscores = runtime.scratch(heads_ * N);
  std::fill_n(dcontext.data(), heads_ * dim_, 0.0f);
  parallel_for(heads_, [&](int64_t h) {
    float* dm = dcontext + h * dim_;
    for (int64_t row = h * d; row < (h + 1) * d; ++row) {
      add_scaled(dattended[row], &parameters_.value_weight[size_t(row * dim_)], dim_, dm);
    }
    for (int64_t t = 0; t < N; ++t) dscores[h * N + t] = dot(dm, x + t * dim_, dim_);
  });
  const bool exact = rule == GradientRule::exact;
  if (exact) softmax_backward(probs, heads_, N, 1, dscores);
  parallel_for(N, [&](int64_t t) {
    float* dx = dy + (prefix_ + t) * dim_;
    for (int64_t h = 0; h < heads_; ++h) {
      const int64_t at = h * N + t;
      add_scaled(probs[at], dcontext + h * dim_, dim_, dx);
      if (exact) add_scaled(dscores[at], &parameters_.query[size_t(h * dim_)], dim_, dx);
    }
  });
}

// dpooled [D] -> dattended [D], through proj, the norm and the MLP.
void AttentionPool::backward_to_attended(const float* attended, const float* dpooled,
                                         GradientRule rule, float* dattended,
                                         Runtime& runtime) const {
  const Scratch z = runtime.scratch(dim_), normal = runtime.scratch(dim_);
  const Scratch hidden = runtime.scratch(mlp_dim_), dhidden = runtime.scratch(mlp_dim_);
  const Scratch dnormal = runtime.scratch(dim_), dz = runtime.scratch(dim_);
  proj_(FloatView(const_cast<float*>(attended)), 1, FloatView(z), runtime);  // [D]
  norm_(z, 1, FloatView(normal));                                            // [D]
  fc1_.product(normal.data(), 1, hidden.data(), runtime);                    // [mlp]

  std::copy_n(dpooled, dim_, dz.data());
  fc2_.backward(dz.data(), 1, dhidden, runtime);
  activation_backward(activation_, hidden, dhidden, mlp_dim_, dhidden, runtime);
  fc1_.backward(dhidden.data(), 1, dnormal, runtime);
  norm_.backward(z, dnormal, 1, dz, rule);
  proj_.backward(dz.data(), 1, dattended, runtime);
}

void AttentionPool::prepare_backward(Runtime& runtime) {
  for (Linear* linear : {&proj_, &fc1_, &fc2_}) linear->prepare_backward(1, runtime);
}

void AttentionPool::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  for (const Linear* linear : {&proj_, &fc1_, &fc2_}) linear->list_primitives(runtime, list);
}

}  // namespace saccade
