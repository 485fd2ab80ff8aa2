// Exit codes of the program.
#pragma once

#include <cstddef>

namespace saccade {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;      ///< a fatal error, or every picture failed
inline constexpr int kExitUsage = 2;       ///< wrong command line
inline constexpr int kExitSomeFailed = 3;  ///< some pictures failed, others succeeded

inline constexpr int kExitClosedPipe = 128 + 13;  ///< as if SIGPIPE had ended the program

inline int exit_code(size_t failed, size_t pictures) {
  if (failed == 0) return kExitDone;
  return failed == pictures ? kExitFailed : kExitSomeFailed;
}

}  // namespace saccade
