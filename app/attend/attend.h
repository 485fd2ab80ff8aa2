// `saccade attend`.
#pragma once

#include "app/attend/attend_options.h"

namespace saccade {

/// Writes maps of every picture and reports each as soon as it is done. Returns an exit code;
/// throws UsageError, ModelError or SystemError for what concerns all pictures.
int attend(const AttendOptions& options);

}  // namespace saccade
