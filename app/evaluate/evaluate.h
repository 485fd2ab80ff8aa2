// `saccade evaluate`.
#pragma once

#include "app/evaluate/evaluate_options.h"

namespace saccade {

/// Classifies the pictures of a labelled folder or list and reports the accuracy. Returns an exit
/// code. Throws UsageError, ModelError or SystemError for errors that concern all pictures.
int evaluate(const EvaluateOptions& options);

}  // namespace saccade
