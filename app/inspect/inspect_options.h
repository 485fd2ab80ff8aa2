// Options of `saccade inspect`.
#pragma once

#include <filesystem>

#include "app/cli/command_line.h"
#include "weights/config/recipe_overrides.h"

namespace saccade {

struct InspectOptions {
  std::filesystem::path model;
  bool json = false;
  RecipeOverrides overrides;
};

const CommandSpec& inspect_command();

/// Throws UsageError if a value is invalid or MODEL is not given once.
InspectOptions inspect_options(const ParsedArguments& arguments);

}  // namespace saccade
