// What `saccade models` was asked to do.
#pragma once

#include <optional>
#include <string>

#include "app/cli/command_line.h"

namespace saccade {

struct ModelsOptions {
  bool json = false;
  std::optional<std::string> remove;  ///< the repository
};

const CommandSpec& models_command();

/// Throws UsageError.
ModelsOptions models_options(const ParsedArguments& arguments);

}  // namespace saccade
