// Names of classes that the user brings.
#pragma once

#include <cstdint>
#include <filesystem>

#include "weights/config/labels.h"

namespace saccade {

/// The lines of the UTF-8 text `file`, one for each of `classes` classes, in the order of their
/// indices. Empty lines at the end do not count. Throws UsageError, naming the file and the line,
/// and SystemError where it cannot be read.
Labels read_label_file(const std::filesystem::path& file, int64_t classes);

}  // namespace saccade
