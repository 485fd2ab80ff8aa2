// A new file of an OutputFolder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/system/descriptor.h"
#include "app/system/output_folder.h"

namespace saccade {

/// A temporary file until commit() gives it its name; without that call the destructor removes it.
/// Every function throws SystemError, which names the file, if it fails. Must not outlive the
/// folder.
class OutputFile {
 public:
  OutputFile(const OutputFolder& folder, const std::filesystem::path& name);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  int descriptor() const { return descriptor_.get(); }
  void write(std::string_view bytes);
  /// Writes the first bytes of an open file, at most `bytes`, and gives this one its permissions
  /// and times, as far as the file system has them. Returns 0, or why it could not be read.
  int copy(int from, uint64_t bytes = UINT64_MAX);
  /// Waits until the contents are on the disk.
  void sync();
  /// Closes the file and replaces the file of this name, if there is one. Call it last.
  void commit();
  /// Replaces the file of this name now, and returns the descriptor, to write on.
  Descriptor commit_open();

 private:
  [[noreturn]] void fail(int error) const;

  const OutputFolder& folder_;
  std::filesystem::path name_;
  std::string temporary_;  ///< empty once it has its name
  Descriptor descriptor_;
};

}  // namespace saccade
