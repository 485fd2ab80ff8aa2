// What the shell is told.
#pragma once

#include <cstddef>

namespace saccade {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;      ///< a fatal error, or every picture failed
inline constexpr int kExitUsage = 2;       ///< the command line cannot be obeyed
inline constexpr int kExitSomeFailed = 3;  ///< some pictures failed, others have an answer

inline int exit_code(size_t failed, size_t pictures) {
  if (failed == 0) return kExitDone;
  return failed == pictures ? kExitFailed : kExitSomeFailed;
}

}  // namespace saccade
