// Opens the model that the options name.
#pragma once

#include "app/cli/output.h"
#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/kernels/profile.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Opens the checkpoint that -m names (see find_model), else the built-in one with a note.
Checkpoint open_model(const PredictionOptions& options);

/// The style of the results that `options` ask for on `output`. Only the built-in model, by softmax
/// and without -q, says when it is not sure.
ReportStyle report_style(const PredictionOptions& options, const Checkpoint& checkpoint,
                         const Output& output);

/// Prints the oneDNN implementation of each kind of layer, one per line.
void print_primitives(const std::vector<PrimitiveInfo>& primitives);

}  // namespace saccade
