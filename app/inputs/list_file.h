// Reads the file of a list that the user names.
#pragma once

#include <filesystem>
#include <string>

namespace saccade {

struct ListFile {
  std::string text;
  std::string problem;  ///< why it cannot be read; empty if it was
};

/// Reads a regular file, a FIFO, such as the shell makes for <(...), a terminal or /dev/null to its
/// end. Other devices may have no end and are a problem. Waits for the writer of a FIFO.
ListFile read_list_file(const std::filesystem::path& path);

/// Reads the open file `descriptor` to its end, whatever it is.
ListFile read_list_descriptor(int descriptor);

}  // namespace saccade
