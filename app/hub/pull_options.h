// What `saccade pull` was asked to do.
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

/// Throws UsageError.
PullOptions pull_options(const ParsedArguments& arguments);

/// Throws UsageError where `text` is no name of the hub.
HubName hub_name_value(std::string_view text);

}  // namespace saccade
