// Options of `saccade bench`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/command_line.h"
#include "model/kernels/precision.h"

namespace saccade {

struct BenchOptions {
  std::optional<std::filesystem::path> model;  ///< nullopt: `arch`, or the built-in model
  std::optional<std::string> arch;             ///< random weights of this architecture
  std::vector<int64_t> batches{1, 8};
  std::optional<int> threads;  ///< of all streams together; nullopt: all CPUs the process may use
  int streams = 1;
  Precision precision = Precision::f32;
  double seconds = 10;  ///< for each batch size
  bool json = false;
  bool profile = false;
  bool on_request = false;
  bool quiet = false;
};

const CommandSpec& bench_command();

/// Throws UsageError if a value is invalid or options contradict each other.
BenchOptions bench_options(const ParsedArguments& arguments);

}  // namespace saccade
