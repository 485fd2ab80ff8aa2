// Options of `saccade models`.
#pragma once

#include <optional>
#include <string>

#include "app/cli/command_line.h"

namespace saccade {

struct ModelsOptions {
  bool json = false;
  std::optional<std::string> remove;  ///< repository to remove
};

const CommandSpec& models_command();

/// Throws UsageError if a value is invalid.
ModelsOptions models_options(const ParsedArguments& arguments);

}  // namespace saccade
