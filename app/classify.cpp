#include "app/classify.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/builtin_model.h"
#include "app/classifier.h"
#include "app/cpu_count.h"
#include "app/exit_code.h"
#include "app/inputs.h"
#include "app/messages.h"
#include "app/output.h"
#include "app/report.h"
#include "app/stopwatch.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

Checkpoint open_model(const ClassifyOptions& options) {
  if (options.model) return open_checkpoint(*options.model, options.overrides);
  Checkpoint checkpoint = open_checkpoint(builtin_model(this_executable()), options.overrides);
  checkpoint.name = kBuiltinModelName;
  if (!options.quiet) print_note("note: built-in model, ten CIFAR-10 classes; use -m for yours");
  return checkpoint;
}

/// "blocks.7.mlp.fc1" -> "blocks.*.mlp.fc1": all blocks are of one kind.
std::string any_block(const std::string& layer) {
  constexpr std::string_view blocks = "blocks.";
  if (!layer.starts_with(blocks)) return layer;
  const size_t end = std::min(layer.find('.', blocks.size()), layer.size());
  return fmt::format("{}*{}", blocks, layer.substr(end));
}

void tell_primitives(const Classifier& classifier) {
  std::vector<std::string> told;
  for (const PrimitiveInfo& primitive : classifier.primitives()) {
    const std::string line =
        fmt::format("{}: {}", any_block(primitive.layer), primitive.implementation);
    if (std::find(told.begin(), told.end(), line) != told.end()) continue;
    print_note(fmt::format("oneDNN {}: {}", onednn_version(), line));
    told.push_back(line);
  }
}

/// Classifies `images` one by one; returns how many failed.
size_t classify_all(Classifier& classifier, const std::vector<std::string>& images, Report& report,
                    Output& output) {
  size_t failed = 0;
  output.write(report.head());
  for (const std::string& image : images) {
    const ImageResult result = classifier.classify(image);
    if (!result.error.empty()) {
      ++failed;
      print_error(result.error);
    }
    output.write(report.record(result));
    output.flush();
  }
  output.write(report.tail());
  output.flush();
  return failed;
}

}  // namespace

int classify(const ClassifyOptions& options) {
  const Inputs inputs = expand_inputs(options.paths, STDIN_FILENO);
  if (options.output) refuse_to_overwrite(*options.output, inputs);
  const int threads = options.threads.value_or(usable_cpus());
  set_compute_threads(threads);

  Stopwatch watch;
  const Checkpoint checkpoint = open_model(options);
  if (options.output) {
    refuse_to_overwrite_model(*options.output,
                              std::filesystem::absolute(checkpoint.file).parent_path());
  }
  const auto output =
      options.output ? std::make_unique<Output>(*options.output) : std::make_unique<Output>();
  Classifier classifier(checkpoint, options);
  if (options.verbose) {
    print_note(
        fmt::format("{}: load {:.2f} ms, threads: {}", checkpoint.name, watch.lap(), threads));
  }
  const ReportStyle style{checkpoint.name, classifier.gives_probabilities(),
                          output->takes_colour()};
  const auto report = make_report(options.format, style);
  const size_t failed = classify_all(classifier, inputs.images, *report, *output);
  output->close();
  if (options.verbose) tell_primitives(classifier);
  if (failed == 0) return kExitDone;
  return failed == inputs.images.size() ? kExitFailed : kExitSomeFailed;
}

}  // namespace saccade
