// What a download tells whoever waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace saccade {

/// Called from any thread, from several at once; what is called throws nothing.
struct PullWatch {
  /// Whether to come to an end, with what came so far kept.
  std::function<bool()> stopped = [] { return false; };
  /// One line of what is out of the ordinary.
  std::function<void(const std::string&)> note = [](const std::string&) {};
  /// Bytes that are there of bytes wanted; the first call comes before the first byte of weights.
  std::function<void(uint64_t, uint64_t)> progress = [](uint64_t, uint64_t) {};
};

}  // namespace saccade
