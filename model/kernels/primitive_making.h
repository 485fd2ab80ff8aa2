// Making oneDNN's primitives where memory is scarce.
#pragma once

#include <mutex>

#include "weights/base/headroom.h"

namespace saccade {

/// Held while oneDNN makes a primitive: one thread at a time, with headroom, so that no other
/// primitive takes the memory.
class PrimitiveMaking {
 public:
  /// Throws like require_headroom().
  PrimitiveMaking() : lock_(one_at_a_time_) { require_headroom(); }

 private:
  static inline std::mutex one_at_a_time_;
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace saccade
