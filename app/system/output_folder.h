// A folder that a command writes to. Every file of a run is made through it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "app/system/descriptor.h"

namespace saccade {

/// Whether a folder holds nothing. Throws SystemError if that cannot be known.
bool is_empty_folder(const std::filesystem::path& folder);

/// Makes and removes files below a folder, and never outside it: others may be able to write to the
/// folder, and put links into it. Names are relative to the folder. Their sub-folders are entered
/// one by one and never through a link. A file is written under a temporary name and renamed, so an
/// existing file, or what a link leads to, is never written to. Functions throw SystemError, which
/// names the file. Thread-safe.
class OutputFolder {
 public:
  /// Opens `folder`, which is created, with its parents, if it is missing. The path is the user's
  /// own, so links in it are followed.
  explicit OutputFolder(const std::filesystem::path& folder);
  /// Opens or creates a folder in `parent`, and not through a link.
  OutputFolder(const OutputFolder& parent, const std::filesystem::path& name);

  /// For messages, and for readers.
  const std::filesystem::path& path() const { return path_; }
  int handle() const { return handle_.get(); }

  /// Writes a file completely or not at all. Missing sub-folders are created.
  void write(const std::filesystem::path& name, std::string_view bytes) const;
  void write(const std::filesystem::path& name, std::span<const uint8_t> bytes) const;
  /// As write(). Returns when the file would survive a loss of power.
  void write_to_disk(const std::filesystem::path& name, std::string_view bytes) const;
  /// Creates a sub-folder, unless it is there.
  void make_folder(const std::filesystem::path& name) const;
  /// Makes, or replaces, a symbolic link.
  void link(const std::filesystem::path& target, const std::filesystem::path& name) const;

  /// Makes a hard link to the regular file of the same name in another folder, or a copy if the
  /// file system has no hard links. Returns false if there is no such file, or it is a link or no
  /// file.
  bool take(const OutputFolder& from, const std::filesystem::path& name) const;

  /// Opens a regular file to read it; an invalid descriptor if it is missing or something else.
  Descriptor open_file(const std::filesystem::path& name) const;
  /// Whether `name` is a regular file, itself and not through a link.
  bool has_file(const std::filesystem::path& name) const;
  /// Returns whether the file was there. A link is removed, and not what it leads to.
  bool remove(const std::filesystem::path& name) const;
  /// Whether a file could be called `name`: no folder is in its place, no file or link in that of
  /// its sub-folders, and the file system has such names. Creates the sub-folders.
  bool can_hold(const std::filesystem::path& name) const;

  /// Removes the temporary files of processes that were killed. Only for the only writer in the
  /// folder.
  void remove_leftovers() const;

 private:
  friend class OutputFile;

  /// A name and the open folder that it is in.
  struct Place {
    Descriptor opened;  ///< if it is a sub-folder
    int folder;
    std::string name;
  };
  enum class Missing { create, report };

  /// Returns 0, or why the folder of `name` cannot be entered, as errno has it. `at` becomes the
  /// folder that stopped it.
  int find(const std::filesystem::path& name, Missing missing, Place& place,
           std::filesystem::path& at) const;
  Place place_of(const std::filesystem::path& name, Missing missing) const;
  /// A new name in the folder itself, for a file that is not complete.
  std::string temporary_name() const;
  void rename(const std::string& temporary, const std::filesystem::path& name) const;
  /// As rename(), and removes the temporary name whatever happens.
  void rename_or_remove(const std::string& temporary, const std::filesystem::path& name) const;

  std::filesystem::path path_;
  Descriptor handle_;
};

}  // namespace saccade
