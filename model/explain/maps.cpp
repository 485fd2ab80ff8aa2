#include "model/explain/maps.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/kernels/parallel.h"

namespace saccade {
namespace {

// sum += factor * values
void add_scaled(float factor, const float* values, int64_t count, float* sum) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) sum[i] += factor * values[i];
}

// The mixture `weights` [T] of the rows of matrix [Q, T], added to `sum` [T].
void mix_rows(std::span<const float> weights, const float* matrix, int64_t Q, float* sum) {
  const auto T = static_cast<int64_t>(weights.size());
  for (int64_t q = 0; q < Q; ++q) {
    if (weights[size_t(q)] != 0) add_scaled(weights[size_t(q)], matrix + q * T, T, sum);
  }
}

// heads, each [count] and `stride` after the one before -> fused [count]
void fuse_heads(const float* heads, int64_t number, int64_t stride, int64_t count,
                HeadFusion fusion, float* fused) {
  std::copy_n(heads, count, fused);
  for (int64_t h = 1; h < number; ++h) {
    const float* head = heads + h * stride;
    switch (fusion) {
      case HeadFusion::mean:
        add_scaled(1, head, count, fused);
        break;
      case HeadFusion::max:
        std::transform(head, head + count, fused, fused,
                       [](float a, float b) { return std::max(a, b); });
        break;
      case HeadFusion::min:
        std::transform(head, head + count, fused, fused,
                       [](float a, float b) { return std::min(a, b); });
        break;
    }
  }
  if (fusion != HeadFusion::mean) return;
  std::for_each(fused, fused + count, [number](float& value) { value /= float(number); });
}

// Sets the lowest `ratio` of the values to 0.
void discard_lowest(std::span<float> values, double ratio) {
  const auto count = static_cast<size_t>(double(values.size()) * ratio);
  if (count == 0) return;
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::nth_element(order.begin(), order.begin() + std::ptrdiff_t(count) - 1, order.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  for (size_t i = 0; i < count; ++i) values[order[i]] = 0;
}

// attention [T, T] -> ½(attention + I), its rows brought to a sum of 1.
void add_residual(std::span<float> attention, int64_t T) {
  for (int64_t i = 0; i < T; ++i) {
    const auto row = attention.subspan(size_t(i * T), size_t(T));
    row[size_t(i)] += 1;
    const float sum = std::accumulate(row.begin(), row.end(), 0.0f);
    for (float& value : row) value /= sum;
  }
}

}  // namespace

std::vector<float> head_rows(const VitDescription& vit, int64_t tokens) {
  std::vector<float> rows(static_cast<size_t>(tokens), 0);
  const float of_patches = vit.pooling.kind == Pooling::token                  ? 0.0f
                           : vit.pooling.kind == Pooling::token_and_patch_mean ? 0.5f
                                                                               : 1.0f;
  const int64_t prefix = vit.tokens.prefix();
  std::fill(rows.begin() + prefix, rows.end(), of_patches / static_cast<float>(tokens - prefix));
  const auto heads = static_cast<float>(vit.head.classifiers.size());
  for (const ClassifierHead& head : vit.head.classifiers) {
    rows[size_t(head.token_row)] += (1 - of_patches) / heads;
  }
  return rows;
}

std::vector<float> patch_row(const VitDescription& vit, ImageSize grid, int64_t row, int64_t col) {
  std::vector<float> rows(static_cast<size_t>(vit.tokens.prefix() + grid.height * grid.width), 0);
  rows.at(static_cast<size_t>(vit.tokens.prefix() + row * grid.width + col)) = 1;
  return rows;
}

std::vector<float> drop_prefix(const VitDescription& vit, std::span<const float> row) {
  const auto patches = row.subspan(static_cast<size_t>(vit.tokens.prefix()));
  return {patches.begin(), patches.end()};
}

bool Observers::wants(Stage stage, int64_t layer) const {
  return std::any_of(all_.begin(), all_.end(),
                     [=](const Observer* one) { return one->wants(stage, layer); });
}

void Observers::see(Stage stage, int64_t layer, std::span<const float> values) {
  for (Observer* one : all_) {
    if (one->wants(stage, layer)) one->see(stage, layer, values);
  }
}

AttentionRows::AttentionRows(const VitDescription& vit, int64_t batch, std::vector<float> rows,
                             std::vector<int64_t> layers)
    : heads_(vit.maps()),
      batch_(batch),
      tokens_(static_cast<int64_t>(rows.size())),
      rows_(std::move(rows)),
      layers_(static_cast<size_t>(vit.depth)) {
  for (const int64_t layer : layers) {
    layers_.at(size_t(layer)).resize(static_cast<size_t>(batch_ * heads_ * tokens_));
  }
}

bool AttentionRows::wants(Stage stage, int64_t layer) const {
  return stage == Stage::attention && !layers_[size_t(layer)].empty();
}

void AttentionRows::see(Stage, int64_t layer, std::span<const float> values) {
  std::vector<float>& kept = layers_[size_t(layer)];
  std::fill(kept.begin(), kept.end(), 0.0f);
  for (int64_t i = 0; i < batch_ * heads_; ++i) {
    mix_rows(rows_, &values[size_t(i * tokens_ * tokens_)], tokens_, &kept[size_t(i * tokens_)]);
  }
}

std::span<const float> AttentionRows::row(int64_t image, int64_t layer, int64_t head) const {
  return std::span(layers_[size_t(layer)])
      .subspan(size_t((image * heads_ + head) * tokens_), size_t(tokens_));
}

std::vector<float> AttentionRows::fused(int64_t image, int64_t layer, HeadFusion fusion) const {
  std::vector<float> fused(static_cast<size_t>(tokens_));
  fuse_heads(row(image, layer, 0).data(), heads_, tokens_, tokens_, fusion, fused.data());
  return fused;
}

Rollout::Rollout(const VitDescription& vit, int64_t tokens, int64_t batch, HeadFusion fusion,
                 double discard_ratio)
    : heads_(vit.maps()),
      tokens_(tokens),
      fusion_(fusion),
      discard_ratio_(discard_ratio),
      products_(static_cast<size_t>(batch * tokens * tokens)),
      layer_(static_cast<size_t>(tokens * tokens)),
      next_(layer_.size()) {}

void Rollout::see(Stage, int64_t layer, std::span<const float> values) {
  const size_t each = layer_.size();
  for (size_t image = 0; image * each < products_.size(); ++image) {
    const auto attention = values.subspan(image * size_t(heads_) * each, size_t(heads_) * each);
    const auto product = std::span(products_).subspan(image * each, each);
    fuse_heads(attention.data(), heads_, int64_t(each), int64_t(each), fusion_, layer_.data());
    discard_lowest(layer_, discard_ratio_);
    add_residual(layer_, tokens_);
    fold(layer == 0 ? std::span<const float>() : product, product);
  }
}

// product <- layer_ * before, where nothing stands for the identity.
void Rollout::fold(std::span<const float> before, std::span<float> product) {
  if (before.empty()) return void(std::copy(layer_.begin(), layer_.end(), product.begin()));
  const int64_t T = tokens_;
  std::fill(next_.begin(), next_.end(), 0.0f);
  parallel_for(T, [&](int64_t i) {
    mix_rows(std::span<const float>(layer_).subspan(size_t(i * T), size_t(T)), before.data(), T,
             &next_[size_t(i * T)]);
  });
  std::copy(next_.begin(), next_.end(), product.begin());
}

std::vector<float> Rollout::row(int64_t image, std::span<const float> rows) const {
  std::vector<float> mixed(rows.size(), 0);
  mix_rows(rows, &products_[size_t(image) * layer_.size()], tokens_, mixed.data());
  return mixed;
}

Relevance::Relevance(const VitDescription& vit, std::vector<float> rows)
    : heads_(vit.maps()), row_(std::move(rows)), added_(row_.size()) {}

void Relevance::see(GradientStage, int64_t, std::span<const float> values,
                    std::span<const float> gradients) {
  const size_t T = row_.size();
  const size_t Q = values.size() / (size_t(heads_) * T);
  std::fill(added_.begin(), added_.end(), 0.0f);
  for (size_t h = 0; h < size_t(heads_); ++h) {
    for (size_t q = 0; q < Q; ++q) {
      const float weight = row_[q] / float(heads_);
      if (weight == 0) continue;
      const float* a = &values[(h * Q + q) * T];
      const float* gradient = &gradients[(h * Q + q) * T];
      float* added = added_.data();
#pragma omp simd
      for (size_t t = 0; t < T; ++t) added[t] += weight * std::max(a[t] * gradient[t], 0.0f);
    }
  }
  add_scaled(1, added_.data(), int64_t(T), row_.data());
}

GradCam::GradCam(const VitDescription& vit)
    : dim_(vit.dim), last_(vit.depth - 1), prefix_(vit.tokens.prefix()) {}

bool GradCam::wants(GradientStage stage, int64_t layer) const {
  return stage == GradientStage::norm1 && layer == last_;
}

void GradCam::see(GradientStage, int64_t, std::span<const float> values,
                  std::span<const float> gradients) {
  const auto D = static_cast<size_t>(dim_);
  const size_t T = values.size() / D;
  const auto first = static_cast<size_t>(prefix_);
  std::vector<float> channels(D, 0);  // mean of the gradient over the patches
  for (size_t t = first; t < T; ++t) {
    add_scaled(1 / float(T - first), &gradients[t * D], dim_, channels.data());
  }
  row_.assign(T, 0);
  for (size_t t = 0; t < T; ++t) {
    const float sum = std::inner_product(channels.begin(), channels.end(), &values[t * D], 0.0f);
    row_[t] = std::max(sum, 0.0f);
  }
}

}  // namespace saccade
