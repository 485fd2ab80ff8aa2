// Formats the results of `saccade bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/bench/time_summary.h"
#include "model/kernels/compute.h"
#include "model/kernels/precision.h"
#include "model/kernels/profile.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Time of one kind of layer in a forward pass.
struct LayerCost {
  std::string layer;
  double ms = 0;
  std::vector<std::string> implementations;  ///< oneDNN's; empty: Saccade's own code
};

/// The kinds in the order of the forward pass, each with the implementations of its primitives.
std::vector<LayerCost> layer_costs(const LayerTimes& seconds,
                                   const std::vector<PrimitiveInfo>& primitives);

struct BatchResult {
  int64_t batch = 0;
  TimeSummary ms;
  double images_per_s = 0;
  double gflop_per_s = 0;
  double reference_gflop_per_s = 0;
  uint64_t activation_bytes = 0;
  uint64_t peak_bytes = 0;
  std::vector<LayerCost> profile;  ///< empty unless requested

  double share() const { return gflop_per_s / reference_gflop_per_s; }
};

struct BenchResult {
  std::string model;
  ImageSize input;
  Precision precision = Precision::f32;
  double gflop_per_image = 0;
  int threads = 0;  ///< total of all streams
  int streams = 1;
  double load_ms = 0;
  std::vector<BatchResult> batches;
};

std::string bench_as_text(const BenchResult& result);
std::string bench_as_json(const BenchResult& result);

}  // namespace saccade
