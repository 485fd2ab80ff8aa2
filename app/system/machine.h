// What Linux says of the machine and of this process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saccade {

/// The processor's name, e.g. "AMD EPYC 9654 96-Core Processor"; "unknown" where it has none.
std::string cpu_name();

/// A field of /proc/self/status that is a size, in bytes: "VmHWM" is the most that was resident so
/// far, "VmRSS" what is now. 0 where there is no such field.
uint64_t status_bytes(std::string_view field);

}  // namespace saccade
