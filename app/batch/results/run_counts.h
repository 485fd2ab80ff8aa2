// Numbers of pictures and failures of a run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace saccade {

struct Failure {
  std::string file;  ///< as in its record
  std::string error;
};

/// Numbers of pictures, including those of earlier parts of the run.
struct RunCounts {
  size_t pictures = 0;  ///< number found
  size_t done = 0;      ///< number with a record
  std::vector<Failure> failures;
  size_t skipped_files = 0;
  size_t hidden = 0;  ///< files and folders
  size_t unreadable_folders = 0;
};

}  // namespace saccade
