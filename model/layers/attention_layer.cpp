#include "model/layers/attention_layer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "model/kernels/convert.h"
#include "model/layers/differential_attention.h"
#include "model/layers/parameters.h"
#include "model/layers/position_bias.h"
#include "model/layers/scaled_dot_product.h"
#include "model/layers/scaled_dot_product_backward.h"

namespace saccade {
namespace {

// Of λ, by the depth of the block (Ye et al. 2024, section 2.1).
double initial_lambda(const BlockBranch& branch) {
  return 0.8 - 0.6 * std::exp(-0.3 * double(branch.block));
}

// Ye et al. 2024, equation 2.
float read_lambda(const Weights& weights, const BlockBranch& branch) {
  const std::string name = branch.prefix() + "attn.";
  const auto power = [&](const char* q, const char* k) {
    const std::vector<float> a = weights.read(name + q), b = weights.read(name + k);
    return std::exp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0));
  };
  return static_cast<float>(power("lambda_q1", "lambda_k1") - power("lambda_q2", "lambda_k2") +
                            initial_lambda(branch));
}

// The norm of each head's context and the factor 1 - λ_init after it (section 2.1), in one.
LayerNorm read_head_norm(const Weights& weights, const BlockBranch& branch) {
  std::vector<float> weight = weights.read(branch.prefix() + "attn.sub_norm.weight");
  for (float& value : weight) value = static_cast<float>(value * (1 - initial_lambda(branch)));
  return {std::move(weight), {}, /*eps=*/1e-5, NormKind::rms};
}

std::optional<LayerNorm> read_context_norm(const VitDescription& vit, const Weights& weights,
                                           const BlockBranch& branch) {
  if (vit.attention.differential) return read_head_norm(weights, branch);
  if (vit.attention.norm) return read_norm(weights, branch.prefix() + "attn.norm", vit);
  return std::nullopt;
}

std::unique_ptr<const AttentionKind> make_attention(const VitDescription& vit,
                                                    const Weights& weights,
                                                    const BlockBranch& branch,
                                                    const BlockPlan& plan) {
  const FloatType type = float_type(plan.linears.precision);
  if (vit.attention.differential) {
    return std::make_unique<DifferentialAttention>(vit.attention.heads, vit.head_dim(), type,
                                                   read_lambda(weights, branch));
  }
  return std::make_unique<ScaledDotProduct>(
      vit.attention.heads, vit.head_dim(), type,
      read_position_bias(vit, weights, plan.input, branch.prefix(), plan.position_bias));
}

}  // namespace

AttentionLayer::AttentionLayer(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                               const BlockBranch& branch, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.attention.heads),
      key_parts_(vit.attention.key_parts()),
      type_(float_type(plan.linears.precision)),
      qkv_(read_linear(runtime, weights, branch.prefix() + "attn.qkv",
                       {dim_, 3 * dim_, /*parts=*/3}, {}, plan.linears)),
      rope_(plan.rope),
      attention_(make_attention(vit, weights, branch, plan)),
      context_norm_(read_context_norm(vit, weights, branch)),
      proj_(read_linear(runtime, weights, branch.prefix() + "attn.proj", {dim_, dim_},
                        {.accumulate = true}, plan.linears, branch.prefix() + "ls1.gamma")) {
  if (vit.attention.qk_norm) qk_norm_.emplace(vit, weights, branch.prefix() + "attn.");
}

ActivationWidths AttentionLayer::activation_widths(const VitDescription& vit) {
  return {.dim = vit.dim, .qkv_or_hidden = 3 * vit.dim, .maps = vit.maps()};
}

TapeWidths AttentionLayer::tape_widths(const VitDescription& vit) {
  return {.qkv = 3 * vit.dim,
          .raw_qk = vit.attention.qk_norm ? 2 * vit.dim : 0,
          .context = vit.attention.norm || vit.attention.differential ? vit.dim : 0,
          .half_maps = vit.attention.differential ? 2 * vit.attention.heads : 0};
}

GradientWidths AttentionLayer::gradient_widths(const VitDescription& vit) {
  return {.dim = vit.dim,
          .wide = vit.dim,
          .normal = vit.attention.qk_norm ? vit.dim : 0,
          .maps = vit.maps(),
          .half_maps = vit.attention.differential ? 2 * vit.attention.heads : 0};
}

void AttentionLayer::operator()(const LayerInput& y, float* x, const Pass& pass) const {
  const BranchTape* tape = pass.branch_tape();
  const FloatView qkv = tape ? tape->qkv : pass.activations.qkv_or_hidden;
  const FloatView context = pass.activations.context;
  {
    const auto timer = pass.time(LayerKind::qkv);
    project(y, qkv, pass);  // [B, 3, H, T, d]
    if (qk_norm_) (*qk_norm_)(qkv, pass.shape, tape ? tape->raw_qk.data() : nullptr);
    if (rope_) (*rope_)(qkv, pass.shape);
  }
  {
    const auto timer = pass.time(LayerKind::attention);
    (*attention_)(qkv, pass.shape, pass.attention_output(heads_), context,
                  pass.runtime);  // [B, Q, D]
    normalize_context(context, pass);
  }
  const auto timer = pass.time(LayerKind::proj);
  proj_(context, pass.shape.query_rows(), x, pass.runtime);  // x += [B, Q, D]
}

// y [B, T, D] -> qkv [B, 3, H, T, d], of q the first Q rows; y is then [B, Q, D].
void AttentionLayer::project(const LayerInput& y, FloatView qkv, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  const int64_t T = shape.tokens, Q = shape.queries, d = dim_ / heads_, key = d / key_parts_;
  // Rows are tokens of an image, columns heads of q, k and v.
  const auto heads_of = [&](int64_t rows, int64_t columns) {
    return OutputLayout{rows, 3 * T * dim_, columns, columns, T * columns};
  };
  if (key_parts_ == 1) {
    qkv_(y, shape.rows(), Q == T ? Parts{HeadOffset::q, 3} : Parts{HeadOffset::k, 2},
         heads_of(T, d), qkv, pass.runtime);
    if (Q == T) return;
  } else {
    qkv_(y, shape.rows(), {HeadOffset::k, 1}, heads_of(T, key), qkv, pass.runtime);
    qkv_(y, shape.rows(), {HeadOffset::v, 1}, heads_of(T, d), qkv, pass.runtime);
  }
  keep_queries(y, shape, dim_);
  qkv_(y, shape.query_rows(), {HeadOffset::q, 1}, heads_of(Q, key), qkv, pass.runtime);
}

// context [B, Q, D], in place.
void AttentionLayer::normalize_context(FloatView context, const Pass& pass) const {
  if (!context_norm_) return;
  const int64_t count = pass.shape.query_rows() * dim_;
  if (const BranchTape* tape = pass.branch_tape()) {
    convert(context, count, FloatView(tape->context.data()));
  }
  context_norm_->in_place(context, count / context_norm_->dim());
}

void AttentionLayer::backward_to_probs(const float* dx, const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t rows = pass.shape.queries, count = rows * dim_;
  const FloatView dy = as_type(const_cast<float*>(dx), count, g.rows);
  proj_.backward(dy, rows, g.y.data(), pass.runtime);  // [Q, D]
  if (context_norm_) {
    std::copy_n(g.y.data(), count, g.wide.data());
    std::fill_n(g.y.data(), count, 0.0f);
    context_norm_->backward(pass.recorded(pass.branch_tape().context, count), g.wide.data(),
                            count / context_norm_->dim(), g.y.data(), pass.rule);
  }
  const FloatView dcontext = as_type(g.y.data(), count, g.context);  // [Q, D]
  ScaledDotProductBackward(heads_, dim_ / heads_, type_)
      .to_probs(pass.attention(heads_, dim_ / heads_).qkv, dcontext, pass.shape,
                pass.attention_gradient(heads_), pass.runtime);  // [H, Q, T]
}

void AttentionLayer::backward_to_input(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t T = pass.shape.tokens, Q = pass.shape.queries;
  const auto through_qkv = [&](Buffer& gradients, int64_t rows, int64_t part, bool accumulate) {
    const FloatView dy = as_type(gradients.data(), rows * dim_, g.rows);
    qkv_.backward(dy, rows, g.y.data(), pass.runtime, accumulate, part);
  };
  const RecordedAttention recorded = pass.attention(heads_, dim_ / heads_);
  const FloatView dcontext = as_type(g.y.data(), Q * dim_, g.context);
  ScaledDotProductBackward(heads_, dim_ / heads_, type_)
      .to_v(recorded.probs, dcontext, pass.shape, g.scores, g.v.data(), pass.runtime);  // [T, D]
  through_qkv(g.v, T, HeadOffset::v, false);                                            // [T, D]
  if (pass.rule != GradientRule::exact) return;
  attention_->backward(
      recorded, pass.shape,
      {pass.attention_gradient(heads_), g.half_probs.data(), g.scores, g.q.data(), g.k.data()},
      pass.runtime);  // [Q, D], [T, D]
  if (rope_) rope_->backward(pass.shape, g);
  if (qk_norm_) {
    qk_norm_->backward(pass.recorded(pass.branch_tape().raw_qk, 2 * T * dim_), pass.shape, g);
  }
  through_qkv(g.k, T, HeadOffset::k, true);  // [T, D]
  through_qkv(g.q, Q, HeadOffset::q, true);  // its first Q rows
}

}  // namespace saccade
