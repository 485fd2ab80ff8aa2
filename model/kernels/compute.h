// How many threads compute, and which oneDNN does.
#pragma once

#include <string>

namespace saccade {

/// Sets the number of threads of the models and contexts that the calling thread makes and runs.
/// The calling thread is one of them; the others start with its first parallel loop and stay. Call
/// it before the first model is made: products are planned for a number of threads. Default: all
/// processors of the calling thread's affinity mask, as set by taskset or a batch system.
void set_compute_threads(int threads);
int compute_threads();

/// The version of the oneDNN library that runs, e.g. "2.6.3".
std::string onednn_version();

}  // namespace saccade
