#include "app/evaluate/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "app/cli/atomic_output.h"
#include "app/cli/exit_code.h"
#include "app/cli/interruption.h"
#include "app/cli/messages.h"
#include "app/cli/output_target.h"
#include "app/cli/progress.h"
#include "app/evaluate/accuracy_report.h"
#include "app/evaluate/answer_file.h"
#include "app/evaluate/labelled_folders.h"
#include "app/inputs/inputs.h"
#include "app/maps/map_caption.h"
#include "app/pipeline/classify_pipeline.h"
#include "app/predict/findings.h"
#include "app/predict/open_model.h"
#include "app/predict/predictions.h"
#include "vision/overlay/picture_file.h"
#include "vision/overlay/reliability_plot.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kBest = 5;

LabelledSet read_set(const EvaluateOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(options.input, ignored)) {
    return read_labelled_list(options.input, options.root.value_or(options.input.parent_path()));
  }
  if (options.root) throw UsageError("--root is for lists, but the input is a folder");
  return read_labelled_folder(options.input, options.hidden);
}

ClassMatch match(const EvaluateOptions& options, const LabelledSet& set,
                 const Checkpoint& checkpoint) {
  const int64_t classes = checkpoint.config.vit.head.classes;
  if (options.class_map) return map_classes(set, classes, options.class_map->string());
  return match_classes(set, checkpoint.config.labels, classes, options.classes,
                       options.input.string());
}

/// Refuses outputs that would overwrite pictures, lists, weights or each other.
void check_outputs(const EvaluateOptions& options, const LabelledSet& set,
                   const Checkpoint& checkpoint) {
  Inputs inputs;
  inputs.images = set.images;
  if (!set.column.empty()) inputs.lists.push_back(options.input);
  if (options.class_map) inputs.lists.push_back(*options.class_map);
  const fs::path model_folder = fs::absolute(checkpoint.file).parent_path();
  std::vector<fs::path> seen;
  for (const auto* file : {&options.output, &options.predictions, &options.plot}) {
    if (!*file) continue;
    if (file == &options.plot) {
      refuse_to_overwrite_inputs(**file, inputs);
    } else {
      refuse_to_overwrite(**file, inputs);
    }
    refuse_to_overwrite_model(**file, model_folder);
    refuse_foreign_file(**file, options.overwrite,
                        file == &options.output        ? begins_as_accuracy
                        : file == &options.predictions ? AnswerFile::begins
                                                       : begins_as_our_png);
    const fs::path whole = fs::absolute(**file).lexically_normal();
    if (std::find(seen.begin(), seen.end(), whole) != seen.end()) {
      throw UsageError((*file)->string() + ": is given for two outputs; give each its own file");
    }
    if (!fs::is_directory(whole.parent_path())) {
      throw UsageError((*file)->string() + ": its folder does not exist; create it first");
    }
    seen.push_back(whole);
  }
}

Json settings_of(const EvaluateOptions& options, const Checkpoint& checkpoint) {
  return {{"activation", name_of(score_activation(checkpoint.config, options))},
          {"precision", name_of(options.precision)},
          {"max_pixels", options.max_pixels},
          {"decode", options.fast_decode ? "fast" : "exact"},
          {"checkpoint", findings_as_json(findings(checkpoint))}};
}

/// Classifies the pictures, writes the predictions if requested and counts them in `result`.
/// Returns how many pictures were done.
size_t count_answers(const EvaluateOptions& options, const LabelledSet& set,
                     const ClassMatch& classes, const Checkpoint& checkpoint,
                     std::optional<AnswerFile>& predictions, AccuracyResult& result) {
  std::vector<size_t> order(set.images.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Progress progress(order.size(), 0, 0, options.quiet);
  size_t done = 0;
  std::vector<int64_t> best;
  const auto take = [&](size_t image, ImageResult& answer) {
    ++done;
    const int64_t truth = classes.indices[set.class_of[image]];
    if (predictions) predictions->add(truth, answer);
    if (!answer.error.empty()) {
      progress.advance_failed(answer.error);
      result.failures.push_back({answer.file, answer.error});
      return true;
    }
    progress.advance();
    best.clear();
    for (const Prediction& one : answer.predictions) best.push_back(one.index);
    result.count.add(truth, best, answer.predictions.front().score);
    return true;
  };
  const ResourcePlan plan = plan_resources(options.resources, checkpoint, order.size());
  ClassifyPipeline classifier(checkpoint, options, plan);
  classifier.run({set.images, order, take, {}});
  progress.clear();
  if (options.verbose) print_primitives(classifier.stats().primitives);
  return done;
}

void draw_plot(const fs::path& file, const AccuracyResult& result) {
  const AccuracyCount& count = result.count;
  const Calibration calibration = count.calibration();
  const double accuracy = static_cast<double>(count.top1()) / static_cast<double>(count.pictures());
  const ReliabilityTitle title{
      fmt::format("Reliability (ECE {:.2f} %) of {}", 100 * calibration.error,
                  short_name(result.model)),
      fmt::format("{} pictures, accuracy {:.2f} %, mean confidence {:.2f} %", count.pictures(),
                  100 * accuracy, 100 * calibration.confidence)};
  const std::vector<uint8_t> png = encode_picture(file, reliability_plot(calibration.bins, title));
  AtomicOutput output(file);
  output.write({reinterpret_cast<const char*>(png.data()), png.size()});
  output.finish();
}

void print_set_notes(const EvaluateOptions& options, const LabelledSet& set,
                     const ClassMatch& classes) {
  for (const std::string& line : set.unreadable) print_error(line);
  if (options.quiet) return;
  if (set.outside > 0) {
    print_note(fmt::format("note: {}: {} pictures are in no class folder and are left out",
                           options.input.string(), set.outside));
  }
  if (set.hidden > 0) print_hidden_note(set.hidden);
  if (options.verbose) {
    print_note(fmt::format("{}: {} pictures of {} classes, matched by {}", options.input.string(),
                           set.images.size(), set.classes.size(), name_of(classes.scheme)));
  }
}

/// The classification options, which are the same for all pictures.
EvaluateOptions scored_options(const EvaluateOptions& options, const Checkpoint& checkpoint) {
  EvaluateOptions scored = options;
  scored.topk = std::min(kBest, checkpoint.config.vit.head.classes);
  // Calibration requires probabilities.
  if (score_activation(checkpoint.config, options) == ScoreActivation::none) {
    scored.activation = ScoreActivation::softmax;
  }
  return scored;
}

}  // namespace

int evaluate(const EvaluateOptions& given) {
  const LabelledSet set = read_set(given);
  const Checkpoint checkpoint = open_model(given);
  const EvaluateOptions options = scored_options(given, checkpoint);
  const ClassMatch classes = match(options, set, checkpoint);
  check_outputs(options, set, checkpoint);
  print_set_notes(options, set, classes);
  install_interrupt_handlers();
  AtomicOutput output(options.output);
  std::optional<AnswerFile> predictions;
  if (options.predictions) {
    predictions.emplace(*options.predictions, checkpoint.config.labels, options.formulas);
  }
  AccuracyResult result{.model = checkpoint.name,
                        .input = options.input.string(),
                        .scheme = classes.scheme,
                        .best = options.topk,
                        .count = {},
                        .failures = {},
                        .outside = set.outside,
                        .skipped = set.skipped,
                        .unreadable_folders = set.unreadable.size(),
                        .labels = checkpoint.config.labels,
                        .settings = settings_of(options, checkpoint)};
  const size_t done = count_answers(options, set, classes, checkpoint, predictions, result);
  if (done < set.images.size()) {
    print_error(
        fmt::format("interrupted after {} of {} pictures; nothing is reported, because a part is "
                    "not representative",
                    done, set.images.size()));
    return 128 + interrupt_signal();
  }
  if (result.count.pictures() == 0) return kExitFailed;
  output.write(options.json ? accuracy_as_json(result)
                            : accuracy_as_text(result, options.all_classes));
  output.finish();
  if (predictions) predictions->finish();
  if (options.plot) draw_plot(*options.plot, result);
  return exit_code(result.failures.size() + set.unreadable.size(),
                   set.images.size() + set.unreadable.size());
}

}  // namespace saccade
