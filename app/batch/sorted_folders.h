// Sorts pictures into one folder per class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/system/output_folder.h"

namespace saccade {

enum class SortMode {
  link,  ///< symbolic links with absolute targets
  copy,  ///< files with the times and permissions of the pictures, as far as they can be kept
};

/// Thread-safe. Holds a reference to the folder.
class SortedFolders {
 public:
  /// Creates the folder "sorted" in that of the run; `classes` are the names of the classes'
  /// folders in it (class_folders()). Existing files that are not links are replaced only if
  /// `replace` is set. Throws SystemError if it cannot be created.
  SortedFolders(const OutputFolder& folder, SortMode mode, const std::vector<std::string>& classes,
                bool replace);

  /// Puts the picture `source`, which is called `name` in the results, into the folder of its
  /// class, under its name or, if that is impossible, under its SHA-256 in "_other". Keeps what is
  /// already there, so that an interrupted run can continue. Every file is complete or absent.
  /// Throws SystemError if it cannot be written, UsageError if another file is in its place,
  /// ImageError if the picture has vanished or cannot be linked or read.
  void place(const std::filesystem::path& source, const std::string& name, int64_t class_index);

 private:
  bool is_there(const std::filesystem::path& target, const std::filesystem::path& source) const;
  void copy(const std::filesystem::path& source, const std::filesystem::path& target) const;

  const OutputFolder& folder_;
  SortMode mode_;
  bool replace_;
  std::vector<std::string> names_;  ///< of the folders, by class
};

}  // namespace saccade
