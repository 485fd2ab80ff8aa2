// The command `saccade bench`.
#pragma once

#include "app/bench/bench_options.h"

namespace saccade {

/// Returns the exit code. Throws the errors of weights/base/errors.h where nothing can go on.
int bench(const BenchOptions& options);

}  // namespace saccade
