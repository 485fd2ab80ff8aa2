// `saccade batch`.
#pragma once

#include <string>
#include <vector>

#include "app/batch/batch_options.h"

namespace saccade {

/// Classifies every picture into the folder given in the options; `command` is recorded there.
/// Returns an exit code. Throws UsageError, ModelError or SystemError for errors that concern all
/// pictures.
int batch(BatchOptions options, const std::vector<std::string>& command);

}  // namespace saccade
