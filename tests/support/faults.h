// Runs a program in which a system call fails.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

/// Which call fails; tests/support/faults.cpp has the names.
struct Fault {
  std::string call;
  int number = 1;               ///< of the call that fails, from 1
  int error = 0;                ///< as in errno
  std::filesystem::path under;  ///< folder of the files whose calls are counted; empty: all
  bool from_then_on = false;    ///< all later calls fail too
};

struct FaultyResult {
  ProcessResult result;
  bool fired = false;  ///< whether the program made that many calls
};

inline FaultyResult run_with_fault(const std::vector<std::string>& command, const Fault& fault,
                                   ProcessOptions options = {}) {
  const TempDir place;
  const std::filesystem::path fired = place.path() / "fired";
  const char* sanitizer = std::getenv("ASAN_OPTIONS");
  options.variables.insert(
      options.variables.end(),
      {{"LD_PRELOAD", SACCADE_FAULTS},
       {"ASAN_OPTIONS", std::string("verify_asan_link_order=0:") + (sanitizer ? sanitizer : "")},
       {"SACCADE_FAULT", fault.call + ':' + std::to_string(fault.number) +
                             (fault.from_then_on ? "+:" : ":") + std::to_string(fault.error)},
       {"SACCADE_FAULT_FIRED", fired.string()}});
  if (!fault.under.empty()) {
    options.variables.emplace_back("SACCADE_FAULT_UNDER", fault.under.string());
  }
  const ProcessResult result = run_process(command, options);
  return {result, std::filesystem::exists(fired)};
}

}  // namespace saccade::test
