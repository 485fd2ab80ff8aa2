// Sorts pictures into one folder per class.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

enum class SortMode {
  link,  ///< symbolic links with absolute targets
  copy,  ///< files with the times and permissions of the pictures
};

/// Converts a picture's name to a path that stays within a folder: a leading slash becomes _root,
/// ".." becomes _up, and components that look like either get one more _. Different names stay
/// different.
std::filesystem::path inner_path(std::string_view name);

/// Thread-safe.
class SortedFolders {
 public:
  /// Creates `folder`; `classes` are the names of the classes' folders in it (class_folders()).
  /// Existing files that are not links are replaced only if `replace` is set. Throws SystemError if
  /// `folder` cannot be created.
  SortedFolders(const std::filesystem::path& folder, SortMode mode,
                const std::vector<std::string>& classes, bool replace);

  /// Puts the picture `source`, which is called `name` in the results, into the folder of its
  /// class. Keeps what is already there, so that an interrupted run can continue. Every file is
  /// complete or absent. Throws SystemError if it cannot be written, UsageError if another file is
  /// in its place, ImageError if the picture has vanished.
  void place(const std::filesystem::path& source, const std::string& name, int64_t class_index);

 private:
  bool is_there(const std::filesystem::path& target, const std::filesystem::path& source) const;
  void make(const std::filesystem::path& target, const std::filesystem::path& source) const;

  std::filesystem::path folder_;
  SortMode mode_;
  bool replace_;
  std::vector<std::string> names_;  ///< of the folders, by class
  std::atomic<uint64_t> temporary_files_ =
      0;  ///< number of temporary files so far, for their names
};

}  // namespace saccade
