#include "model/layers/classifier_heads.h"

#include "model/kernels/convert.h"
#include "model/layers/parameters.h"

namespace saccade {
namespace {

std::vector<float> divided(std::span<const float> values, size_t by) {
  std::vector<float> scaled(values.begin(), values.end());
  for (float& value : scaled) value /= static_cast<float>(by);
  return scaled;
}

// The mean of the heads' logits, as a sum: each head's weights are divided by their number, and all
// but the first add to what is there.
Linear read_head(Runtime& runtime, const VitDescription& vit, const Weights& weights, size_t index,
                 Precision precision) {
  const std::string& name = vit.head.classifiers[index].name;
  StoredLinear stored(weights, name);
  const LinearParameters all = stored.all();
  const size_t count = vit.head.classifiers.size();
  const Epilogue epilogue{.accumulate = index > 0};
  const LinearShape shape{vit.classifier_dim(), vit.head.classes};
  if (count == 1) return Linear(runtime, name, shape, 1, epilogue, all, precision);
  const std::vector<float> weight = divided(all.weight, count), bias = divided(all.bias, count);
  return Linear(runtime, name, shape, 1, epilogue, {weight, bias}, precision);
}

}  // namespace

ClassifierHeads::ClassifierHeads(Runtime& runtime, const VitDescription& vit,
                                 const Weights& weights, Precision precision)
    : pooled_dim_(vit.pooled_dim()),
      input_dim_(vit.classifier_dim()),
      classes_(vit.head.classes),
      pool_(runtime, vit, weights) {
  if (vit.head.embed_dim > 0) {
    embedding_.emplace(runtime, vit, weights);
    precision = Precision::f32;  // CLIP makes a hundredth of a cosine a whole logit
  }
  type_ = float_type(precision);
  for (size_t i = 0; i < vit.head.classifiers.size(); ++i) {
    heads_.push_back(
        {vit.head.classifiers[i].token_row, read_head(runtime, vit, weights, i, precision)});
  }
}

void ClassifierHeads::operator()(FloatView y, const TokenShape& shape, float* logits,
                                 Runtime& runtime) const {
  const int64_t B = shape.batch;
  const Scratch scratch = runtime.scratch(B * pooled_dim_);
  const FloatView pooled(scratch.data(), embedding_ ? FloatType::f32 : type_);
  for (const Head& head : heads_) {
    pool_(y, shape, head.token_row, pooled, runtime);  // [B, P]
    if (embedding_) {
      const Scratch units = runtime.scratch(B * input_dim_), lengths = runtime.scratch(B);
      (*embedding_)(scratch, B, units, lengths, runtime);            // [B, E]
      head.linear(FloatView(units), B, FloatView(logits), runtime);  // [B, classes]
    } else {
      head.linear(pooled, B, FloatView(logits), runtime);  // [B, classes]
    }
  }
}

void ClassifierHeads::backward(std::span<const float> dlogits, const float* y,
                               const TokenShape& shape, GradientRule rule, float* dy,
                               Runtime& runtime) const {
  FloatBuffer typed(dlogits.size(), type_);
  const FloatView given = as_type(const_cast<float*>(dlogits.data()), classes_, typed);
  std::vector<float> dinput(static_cast<size_t>(input_dim_)), dpooled(size_t(pooled_dim_), 0);
  for (const Head& head : heads_) {
    head.linear.backward(given, 1, embedding_ ? dinput.data() : dpooled.data(), runtime);
    if (embedding_) {
      std::vector<float> pooled(dpooled.size()), unit(dinput.size());
      float length = 0;
      pool_(const_cast<float*>(y), shape, head.token_row, pooled.data(), runtime);  // [P]
      (*embedding_)(pooled.data(), 1, unit.data(), &length, runtime);               // [E]
      embedding_->backward(unit.data(), length, dinput.data(), rule, dpooled.data(), runtime);
    }
    pool_.backward(y, dpooled.data(), shape, head.token_row, rule, dy, runtime);
  }
}

void ClassifierHeads::prepare_backward(Runtime& runtime) {
  pool_.prepare_backward(runtime);
  if (embedding_) embedding_->prepare_backward(runtime);
  for (Head& head : heads_) head.linear.prepare_backward(1, runtime);
}

void ClassifierHeads::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  pool_.list_primitives(runtime, list);
  if (embedding_) embedding_->list_primitives(runtime, list);
  for (const Head& head : heads_) head.linear.list_primitives(runtime, list);
}

}  // namespace saccade
