// Which classes --class and --versus mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weights/config/labels.h"

namespace saccade {

/// One class whatever the picture shows, or the best ones of each picture.
struct ClassChoice {
  std::optional<int64_t> index;
  int64_t best = 1;  ///< how many, where there is no index
};

/// A name as it is compared: ASCII letters in lower case, without spaces around.
std::string normalized_name(std::string_view text);

/// The class that `text` means: its index; its whole description or synset; or one of the synonyms
/// that its description has between commas; names in any case. Throws UsageError, which names
/// `option`, where there is none (it tells the nearest) or several (it tells their indices).
int64_t class_named(std::string_view option, const std::string& text, const Labels& labels,
                    int64_t classes);

/// "top", "topN", or one class as above. N may exceed the classes.
ClassChoice class_choice(const std::string& text, const Labels& labels, int64_t classes);

}  // namespace saccade
