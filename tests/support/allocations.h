// Observes every allocation of the process, including those of libraries. Requires
// tests/support/allocations.cpp in the same program, which replaces malloc.
#pragma once

#include <cstddef>

namespace saccade::test {

/// False if a sanitizer replaces malloc.
extern const bool kCountsAllocations;

/// Records the largest single allocation of all threads during its lifetime.
class AllocationWatch {
 public:
  AllocationWatch();
  ~AllocationWatch();
  size_t largest() const;
};

}  // namespace saccade::test
