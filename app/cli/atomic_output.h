// Results that are worth something only when they are whole.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "app/cli/output.h"
#include "vision/overlay/whole_file.h"

namespace saccade {

/// Leaves an older file of the name as it was until finish(), and for good without that call.
class AtomicOutput {
 public:
  /// The file to be, in a folder that can be written; nullopt: standard output. What is there and
  /// no regular file itself (a device, a pipe, a link) is written in place. Throws SystemError
  /// where it cannot be written, as does everything here.
  explicit AtomicOutput(const std::optional<std::filesystem::path>& file);

  void write(std::string_view text);
  /// The last call.
  void finish();

 private:
  std::optional<PartialFile> part_;
  std::optional<Output> in_place_;  ///< where there is no part
};

}  // namespace saccade
