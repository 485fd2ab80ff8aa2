#include "model/layers/scaled_dot_product_backward.h"

#include <fmt/format.h>

#include <cmath>
#include <compare>
#include <string>
#include <utility>

#include "model/kernels/convert.h"
#include "model/kernels/matmul.h"
#include "model/kernels/parallel.h"
#include "model/layers/softmax.h"

namespace saccade {
namespace {

struct GradientProducts {
  struct Key {
    int64_t heads, head_dim;
    FloatType type;
    int64_t tokens, queries;
    auto operator<=>(const Key&) const = default;
  };

  GradientProducts(Runtime& runtime, const Key& key) : GradientProducts(runtime, Layouts(key)) {}

  Matmul probs;  // dcontext Vᵀ
  Matmul v;      // Aᵀ dcontext
  Matmul q;      // dscores K
  Matmul k;      // dscoresᵀ Q

 private:
  // One head: a task for one thread. Gradients of q, k, v and of the context have the heads side by
  // side in their columns, as the linear layers around attention have them.
  struct Layouts {
    explicit Layouts(const Key& key) {
      const int64_t T = key.tokens, Q = key.queries, d = key.head_dim, D = key.heads * d;
      const auto type = data_type(key.type);
      dcontext = strided({Q, d}, {D, 1}, type);
      q = strided({Q, d}, {d, 1}, type);
      k = strided({T, d}, {d, 1}, type);
      v_transposed = strided({d, T}, {1, d}, type);
      probs = strided({Q, T}, {T, 1}, type);
      probs_transposed = strided({T, Q}, {1, T}, type);
      dprobs = strided({Q, T}, {T, 1});
      dq = strided({Q, d}, {D, 1});
      dk = strided({T, d}, {D, 1});
    }
    dnnl::memory::desc dcontext, q, k, v_transposed, probs, probs_transposed, dprobs, dq, dk;
  };

  GradientProducts(Runtime& runtime, const Layouts& at)
      : probs(runtime, at.dcontext, at.v_transposed, at.dprobs),
        v(runtime, at.probs_transposed, at.dcontext, at.dk),
        q(runtime, at.probs, at.k, at.dq),
        k(runtime, at.probs_transposed, at.q, at.dk) {}
};

}  // namespace

ScaledDotProductBackward::ScaledDotProductBackward(int64_t heads, int64_t head_dim, FloatType type)
    : heads_(heads), head_dim_(head_dim), type_(type) {}

void ScaledDotProductBackward::to_probs(FloatView qkv, FloatView dcontext, const TokenShape& shape,
                                        float* dprobs, Runtime& runtime) const {
  const HeadOffset offset{heads_, shape.tokens, head_dim_};
  auto& products =
      runtime.cached<GradientProducts>({heads_, head_dim_, type_, shape.tokens, shape.queries});
  parallel_tasks(runtime.threads(), heads_, [&](int64_t h, int thread) {
    const FloatView v = qkv.from(offset(HeadOffset::v, 0, h));  // [T, d]
    products.probs(dcontext.from(h * head_dim_).data(), v.data(),
                   dprobs + h * shape.queries * shape.tokens, thread);  // [Q, T]
  });
}

void ScaledDotProductBackward::to_v(float* probs, FloatView dcontext, const TokenShape& shape,
                                    FloatView scratch, float* dv, Runtime& runtime) const {
  auto& products =
      runtime.cached<GradientProducts>({heads_, head_dim_, type_, shape.tokens, shape.queries});
  const FloatView typed = as_type(probs, heads_ * shape.queries * shape.tokens, scratch);
  parallel_tasks(runtime.threads(), heads_, [&](int64_t h, int thread) {
    products.v(typed.from(h * shape.queries * shape.tokens).data(),
               dcontext.from(h * head_dim_).data(), dv + h * head_dim_, thread);  // [T, d]
  });
}

void ScaledDotProductBackward::to_qk(FloatView qkv, const float* probs, const TokenShape& shape,
                                     const AttentionGradients& gradients, Runtime& runtime) const {
  const HeadOffset offset{heads_, shape.tokens, head_dim_};
  auto& products =
      runtime.cached<GradientProducts>({heads_, head_dim_, type_, shape.tokens, shape.queries});
  const int64_t rows = heads_ * shape.queries;
  softmax_backward(probs, rows, shape.tokens, static_cast<float>(1 / std::sqrt(head_dim_)),
                   gradients.probs);
  const FloatView dscores =
      as_type(gradients.probs, rows * shape.tokens, gradients.scratch);  // [H, Q, T]
  parallel_tasks(runtime.threads(), heads_, [&](int64_t h, int thread) {
    const void* scores = dscores.from(h * shape.queries * shape.tokens).data();  // [Q, T]
    const FloatView q = qkv.from(offset(HeadOffset::q, 0, h));                   // [Q, d]
    const FloatView k = qkv.from(offset(HeadOffset::k, 0, h));                   // [T, d]
    products.q(scores, k.data(), gradients.q + h * head_dim_, thread);           // [Q, d]
    products.k(scores, q.data(), gradients.k + h * head_dim_, thread);           // [T, d]
  });
}

void list_attention_gradient_products(Runtime& runtime, std::vector<PrimitiveInfo>& list) {
  for (const auto& [key, products] : runtime.all<GradientProducts>()) {
    const auto note = [&, &key = key](const char* what, std::string implementation) {
      list.push_back({fmt::format("{} [{}, {}, {}]", what, key.heads, key.queries, key.tokens),
                      std::move(implementation)});
    };
    note("attn backward probs", products.probs.implementation());
    note("attn backward v", products.v.implementation());
    note("attn backward q", products.q.implementation());
    note("attn backward k", products.k.implementation());
  }
}

}  // namespace saccade
