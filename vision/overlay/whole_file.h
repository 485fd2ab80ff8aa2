// Writing a file, whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saccade {

/// A new file beside `file`, which takes that name at the end or is removed. Every function throws
/// SystemError, which names `file`, where it cannot be written.
class PartialFile {
 public:
  explicit PartialFile(const std::filesystem::path& file);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// The last call: gives it the name; an older file of that name is replaced.
  void finish();

 private:
  std::filesystem::path file_;
  std::filesystem::path part_;
  int descriptor_ = -1;
};

/// Gives `file` these bytes; one of that name is replaced.
///
/// They go to a new file beside it, which then takes the name: whoever looks at `file` sees the old
/// one or the whole new one, also where the program is ended midway. Throws SystemError, which
/// names the file, where they cannot be written; nothing is left behind then.
void write_whole_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace saccade
