#include "app/evaluate/perturbation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/predict/ranking.h"

namespace saccade {
namespace {

constexpr int64_t kBatch = 8;

}  // namespace

Perturbation::Perturbation(const ModelConfig& config, InferenceContext& model, ImageSize input,
                           int64_t steps)
    : config_(config),
      model_(model),
      input_(input),
      grid_(config.vit.tokens.grid(input)),
      steps_(steps),
      batch_(static_cast<size_t>(kBatch * config.vit.tokens.channels * input.height * input.width)),
      logits_(static_cast<size_t>(kBatch * config.vit.head.classes)) {}

void Perturbation::erase(std::span<float> picture, int64_t patch) const {
  const int64_t side = config_.vit.tokens.patch;
  const int64_t top = patch / grid_.width * side, left = patch % grid_.width * side;
  for (int64_t channel = 0; channel < config_.vit.tokens.channels; ++channel) {
    for (int64_t y = top; y < top + side; ++y) {
      const int64_t row = (channel * input_.height + y) * input_.width + left;
      std::fill_n(picture.begin() + row, side, 0.0f);
    }
  }
}

// Returns the area under the score as `order`'s patches are deleted or inserted, in order.
double Perturbation::area(std::span<const float> pixels, std::span<const size_t> order,
                          bool deleting, int64_t index) {
  const auto patches = static_cast<int64_t>(order.size());
  const size_t each = pixels.size();
  const auto classes = static_cast<size_t>(config_.vit.head.classes);
  double area = 0;
  for (int64_t first = 0; first <= steps_; first += kBatch) {
    const int64_t count = std::min(kBatch, steps_ + 1 - first);
    for (int64_t i = 0; i < count; ++i) {
      const auto picture = std::span(batch_).subspan(size_t(i) * each, each);
      std::copy(pixels.begin(), pixels.end(), picture.begin());
      const auto taken = size_t(std::lround(double(first + i) / double(steps_) * double(patches)));
      const auto gone = deleting ? order.first(taken) : order.subspan(taken);
      for (const size_t patch : gone) erase(picture, int64_t(patch));
    }
    const auto logits = std::span(logits_).first(size_t(count) * classes);
    model_.forward(std::span(batch_).first(size_t(count) * each), count, logits);
    for (int64_t i = 0; i < count; ++i) {
      const bool at_an_end = first + i == 0 || first + i == steps_;
      const double score =
          score_of(logits.subspan(size_t(i) * classes, classes), config_.activation, index);
      area += (at_an_end ? 0.5 : 1.0) * score / double(steps_);
    }
  }
  return area;
}

PerturbationAreas Perturbation::operator()(std::span<const float> pixels,
                                           std::span<const float> map, int64_t index) {
  std::vector<size_t> order(map.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return map[a] > map[b]; });
  return {area(pixels, order, /*deleting=*/true, index),
          area(pixels, order, /*deleting=*/false, index)};
}

}  // namespace saccade
