#include "app/classify/classify.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/classify/classifier.h"
#include "app/cli/exit_code.h"
#include "app/cli/messages.h"
#include "app/cli/output.h"
#include "app/cli/output_target.h"
#include "app/cli/stopwatch.h"
#include "app/inputs/inputs.h"
#include "app/predict/open_model.h"
#include "app/results/report.h"
#include "app/system/resource_limits.h"
#include "model/kernels/compute.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

/// Classifies `images` one by one. Returns the number of failures. Nothing is written before the
/// first result: a model that turns out to be damaged leaves no output.
size_t classify_all(Classifier& classifier, const std::vector<std::string>& images, Report& report,
                    Output& output) {
  size_t failed = 0;
  std::string head(report.head());
  for (const std::string& image : images) {
    const ImageResult result = classifier.classify(image);
    write(output, report, std::exchange(head, ""));
    if (!result.error.empty()) {
      ++failed;
      print_error(result.error);
    }
    write(output, report, report.record(result));
    output.flush();
  }
  write(output, report, head + report.tail());
  output.flush();
  return failed;
}

}  // namespace

int classify(const ClassifyOptions& options) {
  InputOptions wanted;
  wanted.tree.hidden = options.hidden;
  wanted.separator = options.separator;
  const Inputs inputs = expand_inputs(options.paths, STDIN_FILENO, wanted);
  if (!options.quiet) print_input_notes(inputs);
  if (options.output) refuse_to_overwrite(*options.output, inputs);
  const int threads = options.threads.value_or(usable_cpus());
  set_compute_threads(threads);

  Stopwatch watch;
  const Checkpoint checkpoint = open_model(options);
  if (options.output) {
    refuse_to_overwrite_model(*options.output,
                              std::filesystem::absolute(checkpoint.file).parent_path());
    refuse_foreign_file(*options.output, options.overwrite, begins_as_report);
  }
  const auto output =
      options.output ? std::make_unique<Output>(*options.output) : std::make_unique<Output>();
  Classifier classifier(checkpoint, options, inputs.images.size());
  if (options.verbose) {
    print_note(
        fmt::format("{}: load {:.2f} ms, threads: {}", checkpoint.name, watch.lap(), threads));
  }
  const auto report = make_report(options.format, report_style(options, checkpoint, *output));
  const size_t failed = classify_all(classifier, inputs.images, *report, *output);
  output->close();
  if (options.verbose) print_primitives(classifier.primitives());
  return exit_code(failed + inputs.unreadable, inputs.images.size() + inputs.unreadable);
}

}  // namespace saccade
