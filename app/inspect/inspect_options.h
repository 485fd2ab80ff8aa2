// What `saccade inspect` was asked to do.
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

/// Throws UsageError.
InspectOptions inspect_options(const ParsedArguments& arguments);

}  // namespace saccade
