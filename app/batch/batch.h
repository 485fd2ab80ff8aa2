// `saccade batch`.
#pragma once

#include <string>
#include <vector>

#include "app/batch/batch_options.h"

namespace saccade {

/// Classifies every picture into the folder of the options; `command` is noted there. Returns an
/// exit code; throws UsageError, ModelError or SystemError for what concerns all pictures.
int batch(BatchOptions options, const std::vector<std::string>& command);

}  // namespace saccade
