// Pictures sorted into a folder for each class.
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

/// The name of each class's folder: its label, in UTF-8, with _ for slashes, control characters and
/// a dot at the beginning, of at most 200 bytes. Where several classes come to one name, each has
/// its index behind.
std::vector<std::string> label_folders(const std::vector<std::string>& labels);

/// A picture's name as a path that stays within a folder: a slash at the beginning becomes _root,
/// a step up becomes _up, and what looks like either has one more _. Different names of files stay
/// different.
std::filesystem::path inner_path(std::string_view name);

/// May be used by several threads.
class SortedFolders {
 public:
  /// Folders come to lie in `folder`; `labels` are those of all classes. What is there and is no
  /// link is replaced with `replace` only. Throws SystemError where `folder` cannot be made.
  SortedFolders(const std::filesystem::path& folder, SortMode mode,
                const std::vector<std::string>& labels, bool replace);

  /// Puts the picture `source`, whose name among the results is `name`, into the folder of its
  /// class. What is there already is left alone, so that an interrupted run can go on. Every file
  /// is whole or absent. Throws SystemError where it cannot be written, UsageError where another
  /// file is there, ImageError where the picture has vanished.
  void place(const std::filesystem::path& source, const std::string& name, int64_t class_index);

 private:
  bool is_there(const std::filesystem::path& target, const std::filesystem::path& source) const;
  void make(const std::filesystem::path& target, const std::filesystem::path& source) const;

  std::filesystem::path folder_;
  SortMode mode_;
  bool replace_;
  std::vector<std::string> names_;   ///< of folders, by class
  std::atomic<uint64_t> begun_ = 0;  ///< files, for names in the making
};

}  // namespace saccade
