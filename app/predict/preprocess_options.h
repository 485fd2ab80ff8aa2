// The options that describe a model and change its preprocessing.
#pragma once

#include "app/cli/command_line.h"
#include "weights/config/recipe_overrides.h"

namespace saccade {

OptionGroup preprocess_options();

/// Throws UsageError.
RecipeOverrides recipe_overrides(const ParsedArguments& arguments);

}  // namespace saccade
