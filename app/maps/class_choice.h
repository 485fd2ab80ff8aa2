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

/// The form in which names are compared: lower-case ASCII letters, no surrounding spaces.
std::string normalized_name(std::string_view text);

/// The class that `text` names by its index, its whole description or synset, or one of the
/// comma-separated synonyms in its description; upper and lower case are equal. Throws UsageError,
/// which names `option`, if no class matches (with the nearest name) or several do (with their
/// indices).
int64_t class_named(std::string_view option, const std::string& text, const Labels& labels,
                    int64_t classes);

/// Parses "top", "topN", or one class as above. N may exceed the number of classes.
ClassChoice class_choice(const std::string& text, const Labels& labels, int64_t classes);

}  // namespace saccade
