// `saccade models`: lists the models in the hub's cache.
#pragma once

#include "app/hub/models_options.h"

namespace saccade {

/// Returns an exit code. Throws ModelError or SystemError.
int models(const ModelsOptions& options);

}  // namespace saccade
