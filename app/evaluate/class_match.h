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
  label,  ///< these three as ClassNames::find() matches them
  synset,
  index,
  sorted,  ///< folders, ordered naturally and without regard to case, are the classes from 0 up
  map,     ///< given by a file
};

const char* name_of(ClassScheme scheme);

struct ClassMatch {
  ClassScheme scheme = ClassScheme::label;
  std::vector<int64_t> indices;  ///< for each of the set's classes
};

/// Matches all classes of the set by one scheme: `wanted`; without it the one named by the list's
/// column; else the first of label, synset and index that matches all. A name that begins with
/// "label:", "synset:" or "index:" decides for itself. Throws UsageError, naming `input`, the class
/// and the remedy, if a class has no match or several, if two schemes match all but give different
/// classes, or if one of the names taken as indices is also a label or synset.
ClassMatch match_classes(const LabelledSet& set, const Labels& labels, int64_t classes,
                         std::optional<ClassScheme> wanted, const std::string& input);

/// Matches the classes by the file `map`: tab-separated values with the header name, index. Names
/// are compared as folded_name() gives them; those that the set does not have are ignored. Throws
/// UsageError or SystemError.
ClassMatch map_classes(const LabelledSet& set, int64_t classes, const std::string& map);

}  // namespace saccade
