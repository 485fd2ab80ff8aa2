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
    : dim_(vit.embed_dim) {
  if (!vit.visual_projection) return;
  projection_ = read_linear(runtime, weights, "visual_projection", {vit.pooled_dim(), dim_}, {},
                            {1, Precision::f32, Packing::once});
}

ImageEmbedding::ImageEmbedding(Runtime& runtime, const ImageEmbedding& twin) : dim_(twin.dim_) {
  if (twin.projection_) projection_.emplace(runtime, *twin.projection_);
}

float* ImageEmbedding::operator()(const float* pooled, int64_t batch) {
  units_.resize(size_t(batch * dim_));
  lengths_.resize(size_t(batch));
  if (projection_) {
    (*projection_)(FloatView(const_cast<float*>(pooled)), batch,
                   FloatView(units_.data()));  // [B, E]
  } else {
    std::copy_n(pooled, batch * dim_, units_.data());
  }
  for (int64_t image = 0; image < batch; ++image) {
    float* e = &units_[size_t(image * dim_)];
    const auto length = float(std::sqrt(product(e, e, dim_)));
    lengths_[size_t(image)] = length;
    for (int64_t i = 0; i < dim_; ++i) e[i] /= length;
  }
  return units_.data();
}

// Of u = e / ‖e‖: de = (du - u (u·du)) / ‖e‖.
void ImageEmbedding::backward(const float* dunit, GradientRule rule, float* dpooled) {
  const float* u = units_.data();
  const double along = rule == GradientRule::exact ? product(u, dunit, dim_) : 0;
  std::vector<float> de(static_cast<size_t>(dim_));
  for (int64_t i = 0; i < dim_; ++i) {
    de[size_t(i)] = float((double(dunit[i]) - along * double(u[i])) / double(lengths_.front()));
  }
  if (projection_) {
    projection_->backward(de.data(), 1, dpooled);
  } else {
    std::copy_n(de.data(), dim_, dpooled);
  }
}

void ImageEmbedding::prepare_backward() {
  if (projection_) projection_->prepare_backward(1);
}

void ImageEmbedding::list_primitives(std::vector<PrimitiveInfo>& list) const {
  if (projection_) projection_->list_primitives(list);
}

}  // namespace saccade
