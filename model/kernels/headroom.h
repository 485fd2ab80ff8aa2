// Memory for oneDNN.
#pragma once

#include <cstddef>
#include <mutex>

namespace saccade {

/// Throws SystemError: `bytes` more were wanted.
[[noreturn]] void throw_not_enough_memory(size_t bytes);

/// Throws SystemError unless the system would give this process another 32 MiB. oneDNN, 2.x
/// and 3.x, does not check all of its own allocations and crashes when one fails. Takes
/// microseconds.
void require_headroom();

/// Held while oneDNN makes a primitive: one thread at a time, with headroom, so that no other
/// primitive takes the memory.
class PrimitiveMaking {
 public:
  /// Throws like require_headroom().
  PrimitiveMaking();

 private:
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace saccade
