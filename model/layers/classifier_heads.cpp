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
  const std::string& name = vit.classifier_heads[index].name;
  StoredLinear stored(weights, name);
  const LinearParameters all = stored.all();
  const size_t count = vit.classifier_heads.size();
  const Epilogue finish{.accumulate = index > 0};
  const LinearShape shape{vit.classifier_dim(), vit.classes};
  if (count == 1) return Linear(runtime, name, shape, 1, epilogue, all, precision);
  const std::vector<float> weight = divided(all.weight, count), bias = divided(all.bias, count);
  return Linear(runtime, name, shape, 1, epilogue, {weight, bias}, precision);
}

}  // namespace

ClassifierHeads::ClassifierHeads(Runtime& runtime, const VitDescription& vit,
                                 const Weights& weights, Precision precision)
    : pooled_dim_(vit.pooled_dim()),
      input_dim_(vit.classifier_dim()),
      classes_(vit.classes),
      pool_(runtime, vit, weights) {
  if (vit.embed_dim > 0) {
    embedding_.emplace(runtime, vit, weights);
    precision = Precision::f32;  // CLIP makes a hundredth of a cosine a whole logit
  }
  type_ = float_type(precision);
  for (size_t i = 0; i < vit.classifier_heads.size(); ++i) {
    heads_.push_back(
        {vit.classifier_heads[i].token_row, read_head(runtime, vit, weights, i, precision)});
  }
}

ClassifierHeads::ClassifierHeads(Runtime& runtime, const ClassifierHeads& twin)
    : pooled_dim_(twin.pooled_dim_),
      input_dim_(twin.input_dim_),
      classes_(twin.classes_),
      type_(twin.type_),
      pool_(runtime, twin.pool_) {
  if (twin.embedding_) embedding_.emplace(runtime, *twin.embedding_);
  for (const Head& head : twin.heads_) {
    heads_.push_back({head.token_row, Linear(runtime, head.linear)});
  }
}

// y [B, Q, D] -> [B, E]
float* ClassifierHeads::embed(FloatView y, const TokenShape& shape, int64_t token) {
  pooled_.resize(size_t(shape.batch * pooled_dim_));
  pool_(y, shape, token, FloatView(pooled_.data()));  // [B, P]
  return (*embedding_)(pooled_.data(), shape.batch);
}

void ClassifierHeads::operator()(FloatView y, const TokenShape& shape, FloatView room,
                                 float* logits) {
  for (Head& head : heads_) {
    if (embedding_) {
      head.linear(FloatView(embed(y, shape, head.token_row)), shape.batch, logits);
      continue;
    }
    pool_(y, shape, head.token_row, room);   // [B, P]
    head.linear(room, shape.batch, logits);  // [B, classes]
  }
}

void ClassifierHeads::backward(std::span<const float> dlogits, const float* y,
                               const TokenShape& shape, GradientRule rule, float* dy) {
  FloatBuffer room(dlogits.size(), type_);
  const FloatView taken = as_type(const_cast<float*>(dlogits.data()), classes_, room);
  std::vector<float> dinput(static_cast<size_t>(input_dim_)), dpooled(size_t(pooled_dim_), 0);
  for (Head& head : heads_) {
    head.linear.backward(taken, 1, embedding_ ? dinput.data() : dpooled.data());
    if (embedding_) {
      embed(const_cast<float*>(y), shape, head.token_row);
      embedding_->backward(dinput.data(), rule, dpooled.data());
    }
    pool_.backward(y, dpooled.data(), shape, head.token_row, rule, dy);
  }
}

void ClassifierHeads::prepare_backward() {
  pool_.prepare_backward();
  if (embedding_) embedding_->prepare_backward();
  for (Head& head : heads_) head.linear.prepare_backward(1);
}

void ClassifierHeads::list_primitives(std::vector<PrimitiveInfo>& list) const {
  pool_.list_primitives(list);
  if (embedding_) embedding_->list_primitives(list);
  for (const Head& head : heads_) head.linear.list_primitives(list);
}

}  // namespace saccade
