// `saccade merge`.
#pragma once

#include "app/batch/merge_options.h"

namespace saccade {

/// Makes a whole of shards. Returns the exit code that the run would have had on one machine.
/// Throws UsageError where they make no whole, naming the shard and what is to be done, before
/// anything is written; SystemError where something cannot be written.
int merge(const MergeOptions& options);

}  // namespace saccade
