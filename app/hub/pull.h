// `saccade pull`: downloads models from the hub into the cache.
#pragma once

#include "app/hub/pull_options.h"

namespace saccade {

/// Prints the folder of each model. Returns an exit code. Throws the errors of hub_pull.
int pull(const PullOptions& options);

}  // namespace saccade
