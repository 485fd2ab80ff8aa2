// Memory for libraries that crash when an allocation of theirs fails.
#pragma once

#include <cstddef>

namespace saccade {

/// Throws SystemError: `bytes` more were wanted.
[[noreturn]] void throw_not_enough_memory(size_t bytes);

/// Throws SystemError unless the system would give this process another 64 MiB. oneDNN, 2.x and
/// 3.x, and GDAL, which OpenCV's first imdecode() starts, do not check all of their own
/// allocations. Takes microseconds.
void require_headroom();

}  // namespace saccade
