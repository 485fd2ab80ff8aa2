// The model that the options name, and what -v tells of it.
#pragma once

#include "app/predict/prediction_options.h"
#include "model/kernels/profile.h"
#include "weights/checkpoint.h"

namespace saccade {

/// The checkpoint that -m names (see find_model), else the built-in one, of which a note is told.
Checkpoint open_model(const PredictionOptions& options);

/// One line for each kind of layer: which oneDNN implementation it runs on.
void tell_primitives(const std::vector<PrimitiveInfo>& primitives);

}  // namespace saccade
