// The norm before a layer.
#pragma once

#include <utility>

#include "model/layers/layer_norm.h"
#include "model/layers/pass.h"

namespace saccade {

/// Normalizes rows into the form that the layer after it takes: floats, or quantized rows.
class InputNorm {
 public:
  /// `layer` is the precision of the layer after it.
  InputNorm(LayerNorm norm, Precision layer) : norm_(std::move(norm)), layer_(layer) {}

  /// x [rows, D] -> y [rows, D], in the activations.
  LayerInput operator()(const float* x, int64_t rows, const Pass& pass) const {
    const auto timer = pass.time(LayerKind::norm);
    const LayerInput y = pass.activations.input_for(layer_);
    norm_(x, rows, y);
    return y;
  }

  /// The norm itself, for the way back.
  const LayerNorm& norm() const { return norm_; }

 private:
  LayerNorm norm_;
  Precision layer_;
};

}  // namespace saccade
