#include "app/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "app/batch_classifier.h"
#include "app/byte_budget.h"
#include "app/cpu_count.h"
#include "app/earlier_results.h"
#include "app/exit_code.h"
#include "app/inputs.h"
#include "app/interruption.h"
#include "app/memory_limit.h"
#include "app/messages.h"
#include "app/open_model.h"
#include "app/picture_stream.h"
#include "app/predictions.h"
#include "app/report.h"
#include "app/result_file.h"
#include "app/run_record.h"
#include "app/stopwatch.h"
#include "model/vision_transformer.h"
#include "weights/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// Whether `inner` is `outer` or lies in it; both exist.
bool lies_in(const fs::path& inner, const fs::path& outer) {
  const fs::path child = fs::canonical(inner);
  const fs::path parent = fs::canonical(outer);
  return std::mismatch(parent.begin(), parent.end(), child.begin(), child.end()).first ==
         parent.end();
}

/// Refuses what would mix results with pictures or with another run's results.
void check_folder(const BatchOptions& options) {
  const fs::path& folder = options.folder;
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (!fs::is_directory(folder, ignored)) {
    throw UsageError(folder.string() + ": is no folder; -o wants one for the results");
  }
  for (const std::string& path : options.paths) {
    if (fs::is_directory(path, ignored) && lies_in(path, folder)) {
      throw UsageError(
          fmt::format("{}: lies in the folder for the results; choose another with -o", path));
    }
  }
  if (!options.overwrite && !options.resume && !fs::is_empty(folder, ignored)) {
    throw UsageError(folder.string() +
                     ": is not empty; --resume goes on with the run there, --overwrite replaces "
                     "its results, -o names another folder");
  }
}

void check_names(const Inputs& inputs) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < inputs.images.size(); ++i) names.push_back(inputs.name(i));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return;
  throw UsageError(fmt::format("{}: is named twice, and results go by name; name it once", *twice));
}

/// As many pictures as make matrices of some 1600 rows: those are fast, and more is hardly faster.
int64_t automatic_batch_size(const Checkpoint& checkpoint) {
  const ImageSize grid = checkpoint.config.vit.grid(checkpoint.input_size());
  return std::clamp<int64_t>(1600 / std::max<int64_t>(grid.height * grid.width, 1), 1, 64);
}

uint64_t pixel_bytes(const Checkpoint& checkpoint) {
  const ImageSize input = checkpoint.input_size();
  return sizeof(float) *
         static_cast<uint64_t>(checkpoint.config.vit.channels * input.height * input.width);
}

/// What the limit leaves for decoding, when everything else is in memory but what waits for the
/// model.
uint64_t memory_for_pictures(uint64_t limit, uint64_t waiting) {
  constexpr uint64_t kLeast = 64ull << 20;  // a photo of some 5 megapixels
  const uint64_t taken = resident_memory() + waiting;
  if (limit < taken + kLeast) {
    throw UsageError(
        fmt::format("--max-memory: {} MiB are too few for this model: at least {} are wanted, or a "
                    "smaller --batch-size",
                    limit >> 20, ((taken + kLeast) >> 20) + 1));
  }
  return limit - taken;
}

/// From pictures to lines, and the counts of both.
class BatchRun {
 public:
  BatchRun(const BatchOptions& options, const Checkpoint& checkpoint, const Inputs& inputs,
           const RunPlan& plan)
      : options_(options),
        checkpoint_(checkpoint),
        inputs_(inputs),
        plan_(plan),
        classifier_(checkpoint, options, plan.batch_size),
        report_(make_report(options.format, {checkpoint.name, true, false})) {
    counts_.pictures = inputs.images.size();
    counts_.skipped_files = inputs.skipped;
    counts_.unreadable_folders = inputs.unreadable;
  }

  /// Counts what an earlier part of the run has done.
  void add(const EarlierResults& earlier, size_t left) {
    counts_.pictures = earlier.keys.size() + left;
    counts_.done = earlier.keys.size();
    counts_.failures = earlier.failures;
  }

  /// Classifies the pictures `order`, as far as it gets. Returns whether --strict stopped it.
  bool run(const std::vector<size_t>& order, ResultFile& file) {
    const size_t ahead = std::min(
        order.size(), static_cast<size_t>(2 * plan_.batch_size + 2 * plan_.decode_threads));
    ByteBudget budget(memory_for_pictures(plan_.max_memory, ahead * pixel_bytes(checkpoint_)));
    PictureStream stream(inputs_.images, order, checkpoint_, options_, budget, plan_.decode_threads,
                         ahead);
    std::vector<size_t> images;  // that are in the classifier
    for (const ReadyPicture* picture = stream.next(); picture; picture = stream.next()) {
      images.push_back(picture->image);
      const std::string& path = inputs_.images[picture->image];
      if (picture->error.empty()) {
        classifier_.add(path, picture->pixels);
      } else {
        classifier_.add_failure(path, picture->error);
      }
      if (!classifier_.full()) continue;
      if (!write_results(images, file)) return true;
      images.clear();
      if (noted_interruption() != 0) stream.stop();
    }
    return !write_results(images, file);
  }

  const RunCounts& counts() const { return counts_; }
  std::vector<PrimitiveInfo> primitives() const { return classifier_.primitives(); }

 private:
  /// Returns false where it ends with a failure that --strict stops at.
  bool write_results(const std::vector<size_t>& images, ResultFile& file) {
    std::vector<ImageResult> results = classifier_.run();
    std::string lines;
    bool stop = false;
    for (size_t i = 0; i < results.size() && !stop; ++i) {
      ImageResult& result = results[i];
      result.file = inputs_.name(images[i]);
      if (!result.error.empty()) {
        print_error(result.error);
        counts_.failures.push_back({result.file, result.error});
        stop = options_.strict;
      }
      ++counts_.done;
      lines += report_->record(result);
    }
    file.write(lines);
    return !stop;
  }

  const BatchOptions& options_;
  const Checkpoint& checkpoint_;
  const Inputs& inputs_;
  const RunPlan& plan_;
  BatchClassifier classifier_;
  std::unique_ptr<Report> report_;
  RunCounts counts_;
};

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw SystemError(fmt::format("{}: cannot be made: {}; choose another folder with -o",
                                  folder.string(), error.message()));
  }
}

RunPlan plan_run(const BatchOptions& options, const Checkpoint& checkpoint, size_t pictures) {
  RunPlan plan;
  plan.threads = options.threads.value_or(usable_cpus());
  plan.decode_threads = options.decode_threads.value_or(usable_cpus());
  plan.batch_size =
      std::clamp<int64_t>(static_cast<int64_t>(pictures), 1,
                          options.batch_size.value_or(automatic_batch_size(checkpoint)));
  plan.max_memory = options.max_memory.value_or(usable_memory() / 4);
  return plan;
}

/// Refuses to go on with a run that would give other results.
void check_settings(const fs::path& folder, const Json& earlier, const Json& settings) {
  // As they were written: bytes that are not UTF-8 are replaced.
  const Json now = Json::parse(line_of(settings));
  for (const auto& [key, value] : now.items()) {
    if (earlier.contains(key) && earlier[key] == value) continue;
    throw UsageError(
        fmt::format("{}: the run there has other settings ({}); give the same ones, "
                    "--overwrite, or another folder with -o",
                    folder.string(), key));
  }
}

/// What of the run in the folder stays, when it is resumed.
EarlierResults earlier_results(const BatchOptions& options, const std::optional<Json>& record,
                               const Json& settings) {
  const fs::path file = options.folder / "results.jsonl";
  std::error_code ignored;
  if (record) {
    check_settings(options.folder, (*record)["settings"], settings);
  } else if (fs::exists(file, ignored) && !fs::is_empty(file, ignored)) {
    throw UsageError(options.folder.string() +
                     ": holds results but no run.json; give --overwrite or another folder with -o");
  }
  if (options.retry_failed) drop_failures(file);
  return read_earlier_results(file);
}

/// Numbers of the pictures that have no record yet.
std::vector<size_t> pictures_left(const Inputs& inputs, const EarlierResults& earlier) {
  std::vector<size_t> left;
  for (size_t i = 0; i < inputs.images.size(); ++i) {
    const bool done = !earlier.keys.empty() && earlier.keys.contains(result_key(inputs.name(i)));
    if (!done) left.push_back(i);
  }
  return left;
}

}  // namespace

int batch(const BatchOptions& options, const std::vector<std::string>& command) {
  Stopwatch watch;
  check_folder(options);
  const Inputs inputs = expand_inputs(options.paths, STDIN_FILENO, options.tree);
  check_names(inputs);
  set_compute_threads(options.threads.value_or(usable_cpus()));
  const Checkpoint checkpoint = open_model(options);
  const Json settings = run_settings(options, checkpoint);
  const auto record = options.resume ? read_run_record(options.folder) : std::nullopt;
  const EarlierResults earlier =
      options.resume ? earlier_results(options, record, settings) : EarlierResults{};
  const std::vector<size_t> left = pictures_left(inputs, earlier);
  const RunPlan plan = plan_run(options, checkpoint, left.size());
  BatchRun run(options, checkpoint, inputs, plan);
  run.add(earlier, left.size());
  make_folder(options.folder);
  ResultFile results(options.folder / "results.jsonl", earlier.bytes);
  double seconds = record ? (*record)["timings"]["seconds"].get<double>() : 0;
  const auto note = [&](std::string_view outcome) {
    seconds += watch.lap() / 1000;
    replace_file(options.folder / "run.json",
                 run_record(settings, command, plan, run.counts(), outcome, seconds));
  };
  note_interruptions();
  note("running");
  const bool too_strict = run.run(left, results);
  results.close();
  const RunCounts& counts = run.counts();
  if (options.verbose) tell_primitives(run.primitives());
  if (too_strict) {
    note("stopped at a failure (--strict)");
    return kExitFailed;
  }
  if (counts.done < counts.pictures) {
    note("interrupted");
    print_error(
        fmt::format("interrupted after {} of {} pictures; the same command with --resume "
                    "goes on",
                    counts.done, counts.pictures));
    return 128 + noted_interruption();
  }
  note("finished");
  return exit_code(counts.failures.size() + inputs.unreadable, counts.pictures + inputs.unreadable);
}

}  // namespace saccade
