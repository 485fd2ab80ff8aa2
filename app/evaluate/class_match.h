// Matches the names of class folders, or the classes in a list, to the model's classes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/evaluate/labelled_folders.h"
#include "weights/config/labels.h"

namespace saccade {

enum class ClassScheme {
  /// The whole label or one of its comma-separated synonyms; case is ignored, _ matches a space.
  label,
  synset,  ///< the class's short name, such as "n02123045"
  index,   ///< the number of the class, from 0
  sorted,  ///< folders, ordered naturally and without regard to case, are the classes from 0 up
  map,     ///< given by a file
};

const char* name_of(ClassScheme scheme);

struct ClassMatch {
  ClassScheme scheme = ClassScheme::label;
  std::vector<int64_t> indices;  ///< for each of the set's classes
};

/// Matches all classes of the set by one scheme: `wanted`; without it the one named by the list's
/// column; else the first of label, synset and index that matches all. Numbers are not taken as
/// indices if one of them is a label. Throws UsageError, naming `input`, the class without a match
/// and the remedy.
ClassMatch match_classes(const LabelledSet& set, const Labels& labels, int64_t classes,
                         std::optional<ClassScheme> wanted, const std::string& input);

/// Matches the classes by the file `map`: tab-separated values with the header name, index. Names
/// that the set does not have are ignored. Throws UsageError or SystemError.
ClassMatch map_classes(const LabelledSet& set, int64_t classes, const std::string& map);

}  // namespace saccade
