// How many threads compute, and which oneDNN does.
#pragma once

#include <string>

namespace saccade {

/// Sets the number of threads of the models and contexts that the calling thread makes and runs.
/// Call it before the first is made: oneDNN plans its products for a number of threads.
void set_compute_threads(int threads);
int compute_threads();

/// The version of the oneDNN library that runs, e.g. "2.6.3".
std::string onednn_version();

}  // namespace saccade
