// `saccade evaluate-maps`.
#pragma once

#include "app/evaluate/evaluate_maps_options.h"

namespace saccade {

/// Measures maps of every listed picture and reports the means. Returns an exit code. Throws
/// UsageError, ModelError or SystemError for errors that concern all pictures.
int evaluate_maps(const EvaluateMapsOptions& options);

}  // namespace saccade
