#include "app/bench/bench_options.h"

#include <fmt/format.h>

#include <string_view>

#include "app/cli/option_values.h"
#include "app/predict/precision_option.h"
#include "weights/base/errors.h"
#include "weights/random_checkpoint.h"

namespace saccade {
namespace {

constexpr Choices<bool, 2> kFormats{{{"text", false}, {"json", true}}};
constexpr int64_t kMaxCount = 1024;  // limit for threads, streams and batch sizes

constexpr std::string_view kAbout =
    "Measures how fast a model runs on this machine: time of a forward pass, pictures per second, "
    "the share of the speed that the processor's matrix products reach, memory and load time. The "
    "input is noise; no pictures are needed.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error; 2 wrong usage.

Examples:
  saccade bench --arch vit_base_patch16_224 --precision bf16
  saccade bench -m google/vit-base-patch16-224 -b 1,4,16 --profile
  saccade bench --arch vit_small_patch16_224 --streams 2 --format json
)";

OptionGroup options() {
  return {"Options",
          {{"model", 'm', "MODEL", "as for classify; default: the built-in model"},
           {"arch", 0, "NAME",
            "random weights in place of a model: vit_SIZE_patchP_N with SIZE tiny, small, base or "
            "large, P 14, 16 or 32, N 224 or 384"},
           {"batch-sizes", 'b', "N,N...",
            "batch sizes to measure, each the number of pictures per forward pass; default 1,8"},
           {"threads", 0, "N",
            "total number of threads of all streams; default: all CPUs the process may use"},
           {"streams", 0, "N",
            "batches in the model at once, each on its share of the threads; default 1"},
           precision_option(),
           {"seconds", 0, "S", "seconds to measure each batch size; default 10"},
           {"format", 0, "FORMAT", "text or json; default text"},
           {"profile", 0, "", "also print the time of each kind of layer"},
           {"on-request", 0, "",
            "measure on request: for every line of standard input, which holds seconds, write a "
            "line of JSON with the median of a round; requires a single batch size"},
           {"quiet", 'q', "", "print no notes on standard error, only errors"},
           {"help", 'h', "", "show this text"}}};
}

std::vector<int64_t> batch_sizes(const std::string& text) {
  std::vector<int64_t> sizes;
  for (const std::string_view part : split(text, ',')) {
    const auto size = parse_count(part, kMaxCount);
    if (!size || *size == 0) {
      refuse_value("batch-sizes",
                   fmt::format("whole numbers from 1 to {}, separated by commas", kMaxCount), text);
    }
    sizes.push_back(*size);
  }
  return sizes;
}

void refuse_contradictions(const BenchOptions& options) {
  if (options.model && options.arch) {
    throw UsageError("-m and --arch contradict each other; give one of them");
  }
  if (options.threads && options.streams > *options.threads) {
    throw UsageError(fmt::format("--streams: {} streams need a thread each, but --threads is {}",
                                 options.streams, *options.threads));
  }
  if (options.on_request && options.batches.size() != 1) {
    throw UsageError("--on-request requires a single batch size; give it with -b");
  }
}

}  // namespace

const CommandSpec& bench_command() {
  static const CommandSpec command{
      "bench", "[-m MODEL | --arch NAME] [options]", kAbout, {options()}, kClosing};
  return command;
}

BenchOptions bench_options(const ParsedArguments& arguments) {
  if (!arguments.positional().empty()) {
    throw UsageError(fmt::format("bench takes no pictures, found '{}'; give a model with -m",
                                 arguments.positional().front()));
  }
  BenchOptions options;
  options.model = arguments.value("model");
  options.arch = arguments.value("arch");
  if (options.arch) named_vit(*options.arch);  // checks the name before any work
  if (const auto text = arguments.value("batch-sizes")) options.batches = batch_sizes(*text);
  if (const auto threads = integer_value(arguments, "threads", 1, kMaxCount)) {
    options.threads = static_cast<int>(*threads);
  }
  options.streams = static_cast<int>(integer_value(arguments, "streams", 1, kMaxCount).value_or(1));
  options.precision = precision_value(arguments);
  options.seconds = number_value(arguments, "seconds", 0, 86400).value_or(options.seconds);
  options.json = choice_value(arguments, "format", kFormats).value_or(false);
  options.profile = arguments.has("profile");
  options.on_request = arguments.has("on-request");
  options.quiet = arguments.has("quiet");
  refuse_contradictions(options);
  return options;
}

}  // namespace saccade
