// The command `saccade bench`.
#pragma once

#include "app/bench/bench_options.h"

namespace saccade {

/// Returns an exit code. Throws UsageError, ModelError or SystemError.
int bench(const BenchOptions& options);

}  // namespace saccade
