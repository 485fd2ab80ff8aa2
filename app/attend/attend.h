// `saccade attend`.
#pragma once

#include "app/attend/attend_options.h"

namespace saccade {

/// Writes maps of every picture and reports each picture as soon as it is done. Returns an exit
/// code. Throws UsageError, ModelError or SystemError for errors that concern all pictures.
int attend(const AttendOptions& options);

}  // namespace saccade
