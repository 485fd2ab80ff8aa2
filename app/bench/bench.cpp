#include "app/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/bench/bench_report.h"
#include "app/bench/bench_streams.h"
#include "app/cli/exit_code.h"
#include "app/cli/output.h"
#include "app/cli/stopwatch.h"
#include "app/predict/open_model.h"
#include "app/predict/precision_option.h"
#include "app/results/json_values.h"
#include "app/system/machine.h"
#include "app/system/resource_limits.h"
#include "model/kernels/flop_count.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/random_checkpoint.h"

namespace saccade {
namespace {

constexpr std::ptrdiff_t kShownLogits = 4;  // number of logits in the answers, to tell models apart

/// A model in memory; its checkpoint has been closed.
struct LoadedModel {
  std::string name;
  VitDescription vit;
  ImageSize input;
  /// Time to open the checkpoint and pack the weights; for random weights only to pack them.
  double load_ms;
  std::shared_ptr<const VisionTransformer> model;
};

Checkpoint open(const BenchOptions& options) {
  if (options.arch) return random_checkpoint(*options.arch);
  PredictionOptions model;
  model.model = options.model;
  model.quiet = options.quiet;
  return open_model(model);
}

LoadedModel load(const BenchOptions& options) {
  Stopwatch watch;
  const Checkpoint checkpoint = open(options);
  if (options.arch) watch.lap();
  auto model =
      make_model(checkpoint, options.precision, /*gradients=*/false, {options.quiet, false});
  return {checkpoint.name, checkpoint.config.vit, checkpoint.input_size(), watch.lap(),
          std::move(model)};
}

int threads_of_a_stream(const BenchOptions& options) {
  const int threads = options.threads.value_or(usable_cpus());
  if (options.streams > threads) {
    throw UsageError(
        fmt::format("--streams: {} streams need a thread each, but this process may use {} CPUs; "
                    "use --threads to allow more",
                    options.streams, threads));
  }
  return threads / options.streams;
}

BatchResult measure(const BenchOptions& options, BenchStreams& streams, int64_t batch,
                    double flops_per_image) {
  const StreamTimes times = streams.compare(batch, options.seconds);
  BatchResult result;
  result.batch = batch;
  std::vector<double> ms = times.passes;
  for (double& time : ms) time *= 1e3;
  result.ms = summarize(std::move(ms));
  result.images_per_s = times.images_per_second;
  result.gflop_per_s = flops_per_image * times.images_per_second / 1e9;
  result.reference_gflop_per_s = times.reference_flops_per_second / 1e9;
  if (options.profile) {
    const BenchStreams::Profile profile = streams.profile(batch, std::min(options.seconds, 2.0));
    result.profile = layer_costs(profile.seconds, profile.primitives);
  }
  return result;
}

double seconds_requested(const std::string& line) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seconds);
  if (error != std::errc() || end != line.data() + line.size() ||
      !(seconds >= 0 && seconds <= 3600)) {
    throw UsageError(fmt::format(
        "standard input: expected the seconds of a round, from 0 to 3600, found {}", quote(line)));
  }
  return seconds;
}

/// Writes one line when ready, then one line for each line of input (the seconds of a round), until
/// the input ends.
int answer_requests(BenchStreams& streams, int64_t batch) {
  Output output;
  const auto answer = [&](const Json& json) {
    output.write(json_line(json) + '\n');
    output.flush();
  };
  streams.warm_up(batch);
  const std::vector<float>& logits = streams.logits();
  answer({{"ready", true},
          {"version", fmt::format("{} (oneDNN {})", SACCADE_VERSION, onednn_version())},
          {"logits", std::vector(logits.begin(),
                                 logits.begin() + std::min(kShownLogits, std::ssize(logits)))}});
  for (std::string line; std::getline(std::cin, line);) {
    const StreamTimes times = streams.repeat(batch, seconds_requested(line));
    const TimeSummary seconds = summarize(times.passes);
    answer({{"passes", seconds.count}, {"median_ms", 1e3 * seconds.median}});
  }
  return kExitDone;
}

}  // namespace

int bench(const BenchOptions& options) {
  const int threads_each = threads_of_a_stream(options);
  set_compute_threads(threads_each);
  LoadedModel loaded = load(options);
  BenchStreams streams(std::move(loaded.model), loaded.vit, loaded.input, options.streams,
                       threads_each);
  if (options.on_request) return answer_requests(streams, options.batches.front());

  // Read the memory before measuring, which allocates memory that is not the model's.
  std::vector<uint64_t> peaks;
  for (const int64_t batch : options.batches) {
    streams.warm_up(batch);
    peaks.push_back(status_bytes("VmHWM"));
  }
  const double flops = nominal_flops(loaded.vit, loaded.input);
  BenchResult result{loaded.name,
                     loaded.input,
                     options.precision,
                     flops / 1e9,
                     threads_each * options.streams,
                     options.streams,
                     loaded.load_ms,
                     {}};
  for (size_t i = 0; i < options.batches.size(); ++i) {
    result.batches.push_back(measure(options, streams, options.batches[i], flops));
    result.batches.back().activation_bytes = InferenceContext::activation_bytes(
        loaded.vit, loaded.input, options.batches[i], options.precision);
    result.batches.back().peak_bytes = peaks[i];
  }
  Output output;
  output.write(options.json ? bench_as_json(result) : bench_as_text(result));
  output.flush();
  return kExitDone;
}

}  // namespace saccade
