// Reads a checkpoint's parameters into the forms that the layers take.
#pragma once

#include <string>

#include "model/buffer.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "weights/weights.h"

namespace saccade {

/// `name`.weight [out, in] and, where the checkpoint has one, `name`.bias [out]: used where they
/// lie in the file if they are f32 there, else converted. Their pages are let go at the end.
class StoredLinear {
 public:
  StoredLinear(const Weights& weights, const std::string& name);
  ~StoredLinear();
  StoredLinear(const StoredLinear&) = delete;
  StoredLinear& operator=(const StoredLinear&) = delete;

  /// The layer that is rows [first, first + count) of this one. Valid while this object lives.
  LinearParameters rows(int64_t first, int64_t count);
  LinearParameters all() { return rows(0, out_); }

 private:
  const Weights& weights_;
  std::string weight_name_;
  int64_t out_, in_;
  Buffer converted_;         // [out, in], empty until it is needed
  std::vector<float> bias_;  // [out], or empty
};

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps);

}  // namespace saccade
