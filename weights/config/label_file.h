// Class names from a file of the user's.
#pragma once

#include <cstdint>
#include <filesystem>

#include "weights/config/labels.h"

namespace saccade {

/// Reads the UTF-8 text `file`: one line for each of `classes` classes, in index order. Ignores
/// empty lines at the end. Throws UsageError that names the file and the line, or SystemError if
/// the file cannot be read.
Labels read_label_file(const std::filesystem::path& file, int64_t classes);

}  // namespace saccade
