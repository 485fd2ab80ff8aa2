// Reads layers from a checkpoint.
#pragma once

#include <string>

#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// How the weights of layers are packed.
struct LinearPlan {
  int64_t rows;  ///< of the inputs, about
  Precision precision;
  Packing packing;
};

/// `row_scale`: see StoredLinear.
Linear read_linear(Runtime& runtime, const Weights& weights, const std::string& name,
                   const LinearShape& shape, const Epilogue& epilogue, const LinearPlan& plan,
                   const std::string& row_scale = "");

LayerNorm read_norm(const Weights& weights, const std::string& name, const VitDescription& vit);

}  // namespace saccade
