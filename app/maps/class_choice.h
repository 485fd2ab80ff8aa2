// Finds the classes that --class and --versus name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weights/config/labels.h"

namespace saccade {

/// One fixed class, or the best classes of each picture.
struct ClassChoice {
  std::optional<int64_t> index;
  int64_t best = 1;  ///< the number of best classes if there is no index
};

/// The class that `text` names (see ClassNames::find). Throws UsageError, which names `option`, if
/// no class matches (with the nearest name) or several do (with what each is, and texts that
/// decide).
int64_t class_named(std::string_view option, const std::string& text, const Labels& labels,
                    int64_t classes);

/// Parses "top", "topN", or one class as above. N may exceed the number of classes.
ClassChoice class_choice(const std::string& text, const Labels& labels, int64_t classes);

}  // namespace saccade
