#include "app/system/wait_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

namespace saccade {

void ensure_passive_wait_policy(const std::vector<std::string>& arguments) {
  if (::getenv("OMP_WAIT_POLICY") || ::getenv("GOMP_SPINCOUNT")) return;
  if (::setenv("OMP_WAIT_POLICY", "passive", 1) != 0) return;
  std::vector<char*> argv{program_invocation_name};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv("/proc/self/exe", argv.data());  // if this fails, threads spin: slower, but correct
}

}  // namespace saccade
