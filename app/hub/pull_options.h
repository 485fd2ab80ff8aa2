// Options of `saccade pull`.
#pragma once

#include <string_view>
#include <vector>

#include "app/cli/command_line.h"
#include "weights/hub/hub_name.h"

namespace saccade {

struct PullOptions {
  std::vector<HubName> names;
  bool quiet = false;
};

const CommandSpec& pull_command();

/// Throws UsageError if a value is invalid or NAME is missing.
PullOptions pull_options(const ParsedArguments& arguments);

/// Throws UsageError if `text` is not a valid hub name.
HubName hub_name_value(std::string_view text);

}  // namespace saccade
