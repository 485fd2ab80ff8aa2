// Makes waiting OpenMP threads sleep.
#pragma once

#include <string>
#include <vector>

namespace saccade {

/// Sets OMP_WAIT_POLICY=passive unless the environment already has a policy. By default, waiting
/// OpenMP threads spin and take CPUs from other threads. The OpenMP library reads the variable when
/// it is loaded, so this restarts the program with `arguments` (its own, without the program name).
/// Must be called before anything is read or written.
void ensure_passive_wait_policy(const std::vector<std::string>& arguments);

}  // namespace saccade
