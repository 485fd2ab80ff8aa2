// Deletion and insertion: measures whether the prediction depends on the patches that a map
// highlights.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/inference_context.h"
#include "weights/config/model_config.h"

namespace saccade {

struct PerturbationAreas {
  double deletion = 0;   ///< lower is better: the score falls as important patches are removed
  double insertion = 0;  ///< higher is better: the score rises as important patches appear
};

/// Petsiuk et al. 2018 (arXiv:1806.07421), with patches in place of pixels. Patches are taken in
/// the order of `map` [grid], hottest first, an equal share in each of `steps` steps. A removed
/// patch has the value 0 in the model's input, the recipe's mean colour. The score is the
/// probability of class `index`; the area is that under the score as the share goes from 0 to 1, by
/// the trapezoidal rule.
class Perturbation {
 public:
  /// Holds references to the model and the configuration, which must outlive it.
  Perturbation(const ModelConfig& config, InferenceContext& model, ImageSize input, int64_t steps);

  /// `pixels` [C, H, W] is the model's input.
  PerturbationAreas operator()(std::span<const float> pixels, std::span<const float> map,
                               int64_t index);

 private:
  void erase(std::span<float> picture, int64_t patch) const;
  double area(std::span<const float> pixels, std::span<const size_t> order, bool deleting,
              int64_t index);

  const ModelConfig& config_;
  InferenceContext& model_;
  ImageSize input_, grid_;
  int64_t steps_;
  std::vector<float> batch_;   // [B, C, H, W]
  std::vector<float> logits_;  // [B, classes]
};

}  // namespace saccade
