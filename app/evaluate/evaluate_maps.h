// `saccade evaluate-maps`.
#pragma once

#include "app/evaluate/evaluate_maps_options.h"

namespace saccade {

/// Measures maps on every listed picture and reports the means. Returns an exit code; throws
/// UsageError, ModelError or SystemError for what concerns all pictures.
int evaluate_maps(const EvaluateMapsOptions& options);

}  // namespace saccade
