// The options for cores and memory of the commands that classify many pictures.
#pragma once

#include <optional>

#include "app/cli/command_line.h"
#include "app/pipeline/resource_plan.h"

namespace saccade {

/// --batch-size, --streams, --decode-threads, --decode, --max-memory and
/// --picture-timeout.
OptionGroup resource_options();

/// Whether --decode is "fast". Throws UsageError.
bool fast_decode(const ParsedArguments& arguments);

/// The request of these options and of `threads` (--threads). Throws UsageError.
ResourceRequest resource_request(const ParsedArguments& arguments, std::optional<int> threads);

}  // namespace saccade
