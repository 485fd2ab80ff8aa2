// The options that name a model and change its preprocessing, shared by the commands that have one.
#pragma once

#include "app/cli/command_line.h"
#include "weights/config/recipe_overrides.h"

namespace saccade {

OptionGroup preprocess_options();

/// Throws UsageError.
RecipeOverrides recipe_overrides(const ParsedArguments& arguments);

}  // namespace saccade
