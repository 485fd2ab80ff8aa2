// `saccade evaluate`.
#pragma once

#include "app/evaluate/evaluate_options.h"

namespace saccade {

/// Classifies the pictures of a labelled folder or list and reports how often that is right.
/// Returns an exit code; throws UsageError, ModelError or SystemError for what concerns all
/// pictures.
int evaluate(const EvaluateOptions& options);

}  // namespace saccade
