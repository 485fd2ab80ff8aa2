// `saccade pull`: models of the hub into the cache.
#pragma once

#include "app/hub/pull_options.h"

namespace saccade {

/// Prints the folder of each. Returns the exit code; throws what hub_pull throws.
int pull(const PullOptions& options);

}  // namespace saccade
