// How OpenMP's threads wait for each other.
#pragma once

#include <string>
#include <vector>

namespace saccade {

/// Makes OpenMP's threads sleep while they wait, which by default spin and so take the CPUs that
/// other threads need. The OpenMP library reads this from the environment when it is loaded, so the
/// program is started once more with `arguments` (its own, without its name) unless the environment
/// already says how to wait. Must be called before anything is read or written.
void ensure_passive_wait_policy(const std::vector<std::string>& arguments);

}  // namespace saccade
