// Reads a checkpoint's parameters into the forms that the layers take.
#pragma once

#include <string>

#include "model/buffer.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "weights/weights.h"

namespace saccade {

/// `name`.weight [out, in] and, where the checkpoint has one, `name`.bias [out], as f32.
class StoredLinear {
 public:
  StoredLinear(const Weights& weights, const std::string& name);

  LinearParameters all() const { return {weight_.span(), bias_.span()}; }
  /// The layer that is rows [first, first + count) of this one.
  LinearParameters rows(int64_t first, int64_t count) const;

 private:
  int64_t in_;
  Buffer weight_, bias_;
};

void scale(const LinearParameters& parameters, float factor);

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps);

}  // namespace saccade
