// `saccade classify`.
#pragma once

#include "app/classify/classify_options.h"

namespace saccade {

/// Classifies every picture and writes each result as soon as it is ready. Returns an exit code.
/// Throws UsageError, ModelError or SystemError for errors that concern all pictures.
int classify(const ClassifyOptions& options);

}  // namespace saccade
