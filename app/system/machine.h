// Facts about the machine and this process, from /proc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saccade {

/// The processor's name, e.g. "AMD EPYC 9654 96-Core Processor"; "unknown" if Linux reports none.
std::string cpu_name();

/// A size from /proc/self/status, in bytes: "VmHWM" is the peak resident memory, "VmRSS" the
/// current. Returns 0 if there is no such field.
uint64_t status_bytes(std::string_view field);

}  // namespace saccade
