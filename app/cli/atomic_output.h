// Writes a file of results that appears only when it is complete.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "app/cli/output.h"
#include "app/system/output_file.h"
#include "app/system/output_folder.h"

namespace saccade {

/// Keeps an older file of the same name until finish() replaces it.
class AtomicOutput {
 public:
  /// Opens `file`, or standard output if it is nullopt. A device or a pipe is written in place.
  /// Throws SystemError if writing fails, as do the other functions.
  explicit AtomicOutput(const std::optional<std::filesystem::path>& file);

  void write(std::string_view text);
  /// Completes the file; must be the last call.
  void finish();

 private:
  std::optional<Output> in_place_;
  std::optional<OutputFolder> folder_;  ///< if there is no in_place_, as is part_
  std::optional<OutputFile> part_;
};

}  // namespace saccade
