// Which of the model's classes the names of folders, or in a list, mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/evaluate/labelled_folders.h"
#include "weights/config/labels.h"

namespace saccade {

enum class ClassScheme {
  label,   ///< the whole label or one of the synonyms between its commas; in any case, _ as space
  synset,  ///< the class's short name, such as "n02123045"
  index,   ///< the number of the class, from 0
  sorted,  ///< folders in natural order, in any case, are the classes from 0 up
  map,     ///< a file says it
};

const char* name_of(ClassScheme scheme);

struct ClassMatch {
  ClassScheme scheme = ClassScheme::label;
  std::vector<int64_t> indices;  ///< of each of the set's classes
};

/// Matches all classes of the set by one scheme: `wanted`, else the one that the list's column is
/// called after, else the first of label, synset and index that matches all. Numbers are no indices
/// where one of them is a label. Throws UsageError, which names `input`, the class that has no
/// match and the remedy.
ClassMatch match_classes(const LabelledSet& set, const Labels& labels, int64_t classes,
                         std::optional<ClassScheme> wanted, const std::string& input);

/// Matches them by the file `map`: tab-separated values under the header name, index. Names that
/// the set lacks are no error. Throws UsageError, SystemError.
ClassMatch map_classes(const LabelledSet& set, int64_t classes, const std::string& map);

}  // namespace saccade
