// `saccade models`: what lies in the hub's cache.
#pragma once

#include "app/hub/models_options.h"

namespace saccade {

/// Returns the exit code; throws ModelError or SystemError.
int models(const ModelsOptions& options);

}  // namespace saccade
