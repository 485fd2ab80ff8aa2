// Layer normalization over the columns of each row (Ba et al. 2016, arXiv:1607.06450), and RMSNorm
// (Zhang and Sennrich 2019, arXiv:1910.07467).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/quantize.h"
#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"

namespace saccade {

struct NormTerms {
  double eps;
  NormKind kind;
};

/// y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias, with the biased variance, as PyTorch's
/// LayerNorm. NormKind::rms uses 0 for the mean. Vectorized for every target by Highway: oneDNN 2.6
/// has only a scalar implementation.
class LayerNorm {
 public:
  /// An empty bias means zeros.
  LayerNorm(std::vector<float> weight, std::vector<float> bias, double eps,
            NormKind kind = NormKind::layer);

  /// x [rows, D] -> y [rows, D].
  void operator()(const float* x, int64_t rows, const LayerInput& y) const;

  /// The same in place.
  void in_place(FloatView x, int64_t rows) const;

  /// Gradients: dx [rows, D] += (g - mean(g) - x̂ mean(g x̂)) / σ, where g = dy * weight and
  /// x̂ = (x - mean(x)) / σ; without mean(g) for NormKind::rms. The conservative rule leaves out the
  /// last term, which comes from σ.
  void backward(const float* x, const float* dy, int64_t rows, float* dx,
                GradientRule rule = GradientRule::exact) const;

  int64_t dim() const { return int64_t(weight_.size()); }

 private:
  std::vector<float> weight_, bias_;  // [D]
  NormTerms terms_;
};

}  // namespace saccade
