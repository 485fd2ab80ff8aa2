// Reads a checkpoint's parameters into the forms that the layers take.
#pragma once

#include <string>

#include "model/layer_norm.h"
#include "weights/weights.h"

namespace saccade {

LayerNorm read_layer_norm(const Weights& weights, const std::string& name, double eps);

}  // namespace saccade
