// The list of pictures that `saccade evaluate-maps` measures on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vision/overlay/map_measures.h"

namespace saccade {

/// A picture, its class, and where objects of that class are.
struct LabelledPicture {
  std::string file;  ///< as the list spells it
  int64_t index = 0;
  std::vector<Box> boxes;  ///< in pixels of the upright original; empty where the list has none
};

/// Reads a list of tab-separated values with a header line: file, index, and x0, y0, x1, y1 or
/// none of these. Rows of one file and class are one picture. Throws UsageError naming the file,
/// the line and what is wrong; SystemError where it cannot be read.
std::vector<LabelledPicture> read_labelled_pictures(const std::filesystem::path& list);

}  // namespace saccade
