// `saccade merge`.
#pragma once

#include "app/batch/merge_options.h"

namespace saccade {

/// Merges the results of shards. Returns the exit code that the run would have had on one machine.
/// Before writing anything, throws UsageError if the shards do not make a whole run, naming the
/// shard and the remedy. Throws SystemError if a file cannot be written.
int merge(const MergeOptions& options);

}  // namespace saccade
