// Watches every allocation of the process, libraries' included. Needs tests/support/allocations.cpp
// in the same program, which takes the place of malloc.
#pragma once

#include <cstddef>

namespace saccade::test {

/// False where a sanitizer has replaced malloc already.
extern const bool kCountsAllocations;

/// Notes the largest single allocation of all threads while it lives.
class AllocationWatch {
 public:
  AllocationWatch();
  ~AllocationWatch();
  size_t largest() const;
};

}  // namespace saccade::test
