#include "model/layers/image_embedding.h"

#include <algorithm>
#include <cmath>

#include "model/layers/parameters.h"

namespace saccade {
namespace {

double product(const float* a, const float* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += double(a[i]) * double(b[i]);
  return sum;
}

}  // namespace

ImageEmbedding::ImageEmbedding(Runtime& runtime, const VitDescription& vit, const Weights& weights)
    : dim_(vit.head.embed_dim) {
  if (!vit.head.visual_projection) return;
  projection_ = read_linear(runtime, weights, "visual_projection", {vit.pooled_dim(), dim_}, {},
                            {1, Precision::f32, Packing::once});
}

void ImageEmbedding::operator()(const float* pooled, int64_t batch, float* units, float* lengths,
                                Runtime& runtime) const {
  if (projection_) {
    (*projection_)(FloatView(const_cast<float*>(pooled)), batch, FloatView(units),
                   runtime);  // [B, E]
  } else {
    std::copy_n(pooled, batch * dim_, units);
  }
  for (int64_t image = 0; image < batch; ++image) {
    float* e = units + image * dim_;
    lengths[image] = float(std::sqrt(product(e, e, dim_)));
    for (int64_t i = 0; i < dim_; ++i) e[i] /= lengths[image];
  }
}

// With u = e / ‖e‖: de = (du - u (u·du)) / ‖e‖.
void ImageEmbedding::backward(const float* unit, float length, const float* dunit,
                              GradientRule rule, float* dpooled, Runtime& runtime) const {
  const double along = rule == GradientRule::exact ? product(unit, dunit, dim_) : 0;
  std::vector<float> de(static_cast<size_t>(dim_));
  for (int64_t i = 0; i < dim_; ++i) {
    de[size_t(i)] = float((double(dunit[i]) - along * double(unit[i])) / double(length));
  }
  if (projection_) {
    projection_->backward(de.data(), 1, dpooled, runtime);
  } else {
    std::copy_n(de.data(), dim_, dpooled);
  }
}

void ImageEmbedding::prepare_backward(Runtime& runtime) {
  if (projection_) projection_->prepare_backward(1, runtime);
}

void ImageEmbedding::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  if (projection_) projection_->list_primitives(runtime, list);
}

}  // namespace saccade
