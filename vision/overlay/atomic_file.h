// Writes a file completely or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saccade {

/// A temporary file in the folder of `file`. commit() renames it to `file`; without that call the
/// destructor removes it. Every function throws SystemError, which names `file`, if it fails.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Replaces `file`, if it exists. Call it last.
  void commit();

 private:
  std::filesystem::path file_;
  std::filesystem::path part_;
  int descriptor_ = -1;
};

/// Writes `bytes` to `file` through an AtomicFile: a reader sees either the old contents or all of
/// the new ones, even if the program is killed midway. Throws SystemError, which names `file`, if
/// it cannot be written; no temporary file is left behind then.
void write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace saccade
