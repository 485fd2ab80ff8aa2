// `saccade evaluate-maps`.
#pragma once

#include "app/evaluate_options.h"

namespace saccade {

/// Measures maps on every listed picture and reports the means. Returns an exit code; throws
/// UsageError, ModelError or SystemError for what concerns all pictures.
int evaluate_maps(const EvaluateOptions& options);

}  // namespace saccade
