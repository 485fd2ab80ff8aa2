// Callbacks of a download.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace saccade {

/// Called from several threads at once. Must not throw.
struct PullWatch {
  /// Returns whether to stop; the bytes received so far are kept.
  std::function<bool()> stopped = [] { return false; };
  /// Receives a one-line message about an unusual event.
  std::function<void(const std::string&)> note = [](const std::string&) {};
  /// Receives the bytes done and the total; first called before the first byte of weights.
  std::function<void(uint64_t, uint64_t)> progress = [](uint64_t, uint64_t) {};
};

}  // namespace saccade
