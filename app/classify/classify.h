// `saccade classify`.
#pragma once

#include "app/classify/classify_options.h"

namespace saccade {

/// Classifies every picture, writing each result as soon as it is there. Returns an exit code;
/// throws UsageError, ModelError or SystemError for what concerns all pictures.
int classify(const ClassifyOptions& options);

}  // namespace saccade
