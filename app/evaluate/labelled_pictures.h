// Reads the list of pictures for `saccade evaluate-maps`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vision/overlay/map_measures.h"
#include "weights/config/labels.h"

namespace saccade {

/// A picture, a class, and the boxes around objects of that class.
struct LabelledPicture {
  std::string file;        ///< as spelled in the list
  int64_t index = 0;       ///< of the class; set by match_pictures() if the list has names
  std::vector<Box> boxes;  ///< in pixels of the upright original; empty if the list has none
  /// The class as the list names it, with "label:" or "synset:" if its column is called so; empty
  /// if the list has indices.
  std::string class_name = {};
};

/// Reads tab-separated values with a header: file, one of class, index, label and synset, and
/// optionally x0, y0, x1, y1. `index` takes precedence. Rows with the same file and class are one
/// picture. Throws UsageError, naming the file, the line and the error; SystemError if the list
/// cannot be read.
std::vector<LabelledPicture> read_labelled_pictures(const std::filesystem::path& list);

/// Sets the indices of classes that the list names, as match_classes() does. Throws UsageError.
void match_pictures(std::vector<LabelledPicture>& pictures, const Labels& labels, int64_t classes,
                    const std::string& list);

}  // namespace saccade
