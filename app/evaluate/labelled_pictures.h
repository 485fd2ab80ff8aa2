// Reads the list of pictures for `saccade evaluate-maps`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vision/overlay/map_measures.h"

namespace saccade {

/// A picture, a class, and the boxes around objects of that class.
struct LabelledPicture {
  std::string file;  ///< as spelled in the list
  int64_t index = 0;
  std::vector<Box> boxes;  ///< in pixels of the upright original; empty if the list has none
};

/// Reads tab-separated values with a header: file, index, and optionally x0, y0, x1, y1. Rows with
/// the same file and class are one picture. Throws UsageError, naming the file, the line and the
/// error; SystemError if the list cannot be read.
std::vector<LabelledPicture> read_labelled_pictures(const std::filesystem::path& list);

}  // namespace saccade
