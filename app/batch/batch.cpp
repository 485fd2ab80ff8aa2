#include "app/batch/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "app/batch/batch_extras.h"
#include "app/batch/batch_run.h"
#include "app/batch/folder_lock.h"
#include "app/batch/gallery/gallery.h"
#include "app/batch/results/earlier_results.h"
#include "app/batch/results/name_index.h"
#include "app/batch/results/result_reader.h"
#include "app/batch/run_record.h"
#include "app/cli/exit_code.h"
#include "app/cli/interruption.h"
#include "app/cli/messages.h"
#include "app/inputs/inputs.h"
#include "app/maps/map_caption.h"
#include "app/pipeline/resource_plan.h"
#include "app/predict/open_model.h"
#include "app/predict/predictions.h"
#include "app/results/json_values.h"
#include "app/system/output_folder.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr size_t kManyPictures = 1'000'000;

/// Whether `inner` is `outer` or inside it. Both must exist.
bool is_inside(const fs::path& inner, const fs::path& outer) {
  const fs::path child = fs::canonical(inner);
  const fs::path parent = fs::canonical(outer);
  return std::mismatch(parent.begin(), parent.end(), child.begin(), child.end()).first ==
         parent.end();
}

/// Refuses pictures in the folder for the results.
void refuse_own_results(const BatchOptions& options, const std::vector<std::string>& paths) {
  std::error_code ignored;
  if (!fs::is_directory(options.folder, ignored)) return;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path, ignored) || !is_inside(path, options.folder)) continue;
    throw UsageError(
        fmt::format("{}: is inside the folder for the results; choose another with -o", path));
  }
}

/// Refuses folders where results would mix with pictures or with another run's results.
void check_folder(const BatchOptions& options) {
  const fs::path& folder = options.folder;
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (!fs::is_directory(folder, ignored)) {
    throw UsageError(folder.string() + ": is not a folder; -o takes the folder for the results");
  }
  refuse_own_results(options, options.paths);
  if (!options.overwrite && !options.resume && !is_empty_folder(folder)) {
    throw UsageError(folder.string() +
                     ": is not empty; --resume continues the run there, --overwrite replaces its "
                     "results, -o names another folder");
  }
}

void check_watched(const BatchOptions& options) {
  std::error_code ignored;
  const bool any = std::any_of(options.paths.begin(), options.paths.end(),
                               [&](const auto& path) { return fs::is_directory(path, ignored); });
  if (!any) throw UsageError("--watch needs a folder in which pictures can appear; give one");
}

/// Opens the model. With --no-machine its name in the results is no absolute path.
Checkpoint open_named_model(const BatchOptions& options) {
  Checkpoint checkpoint = open_model(options);
  if (!options.machine && fs::path(checkpoint.name).is_absolute()) {
    checkpoint.name = short_name(checkpoint.name);
  }
  return checkpoint;
}

/// Opens the folder for the results. That of a shard is in the one that the user gave.
OutputFolder open_folder(const BatchOptions& options) {
  if (!options.shard) return OutputFolder(options.folder);
  return {OutputFolder(options.folder.parent_path()), options.folder.filename()};
}

/// A resumed run also continues the tables and the gallery that the folder already has; a new run
/// removes them.
void adopt_outputs(BatchOptions& options, const OutputFolder& folder) {
  const auto keep = [&](bool& wanted, const fs::path& file) {
    if (wanted) return;
    if (options.resume) {
      wanted = folder.has_file(file);
    } else {
      folder.remove(file);
    }
  };
  keep(options.formats.csv, "results.csv");
  keep(options.formats.sqlite, "results.sqlite");
  keep(options.report, "report/index.html");
}

/// Describes the first difference between two settings: "topk: 5 there, 2 now".
std::string difference(const std::string& name, const Json& earlier, const Json& now) {
  if (earlier.is_object() && now.is_object()) {
    for (const auto& [key, value] : now.items()) {
      const Json before = earlier.value(key, Json());
      if (before != value) return difference(name.empty() ? key : name + '.' + key, before, value);
    }
    for (const auto& [key, value] : earlier.items()) {
      if (!now.contains(key))
        return difference(name.empty() ? key : name + '.' + key, value, Json());
    }
  }
  return fmt::format("{}: {} there, {} now", name, json_line(earlier), json_line(now));
}

/// Refuses to resume a run with settings that would give other results.
void check_settings(const fs::path& folder, const Json& earlier, const Json& settings) {
  // `earlier` went through a file, where bytes that are not UTF-8 are replaced; so must `settings`.
  const Json now = Json::parse(json_line(settings));
  if (earlier == now) return;
  throw UsageError(fmt::format(
      "{}: the run there has other settings ({}); give the same ones, --overwrite, or another "
      "folder with -o",
      folder.string(), difference("", earlier, now)));
}

/// Without run.json, only the records themselves can tell whether they are of the same model.
void check_model(const BatchOptions& options, const std::string& model) {
  size_t records = 0;
  read_results(options.folder / kResultsFile, [&](const StoredResult& stored) {
    ++records;
    if (stored.model == model) return;
    throw UsageError(fmt::format(
        "{}: holds results of the model {} and no run.json; give --overwrite or another folder "
        "with -o",
        options.folder.string(), stored.model));
  });
  if (records == 0 || options.quiet) return;
  print_note(fmt::format(
      "note: {}: has no run.json; its {} records are taken to be of the settings given now",
      options.folder.string(), records));
}

/// Checks that the run in the folder can be resumed and reads its results.
EarlierResults earlier_results(const BatchOptions& options, const OutputFolder& folder,
                               const std::optional<Json>& record, const Json& settings,
                               const Inputs& inputs, const NameIndex& names) {
  if (record) {
    check_settings(options.folder, (*record)["settings"], settings);
  } else {
    check_model(options, settings["model"].get<std::string>());
  }
  if (options.retry_failed) drop_failures(folder);
  return read_earlier_results(folder, names, inputs.images.size());
}

/// Indices of the pictures of this shard that have no record yet.
std::vector<size_t> pictures_left(const BatchOptions& options, const Inputs& inputs,
                                  const EarlierResults& earlier) {
  std::vector<size_t> left;
  for (size_t i = 0; i < earlier.done.size(); ++i) {
    const bool ours = !options.shard || belongs_to(inputs.name(i), *options.shard);
    if (ours && !earlier.done[i]) left.push_back(i);
  }
  return left;
}

/// Records why the run stops, if the error that stopped it does not prevent that.
template <typename Note>
void record_if_possible(const Note& note, std::string_view reason) {
  try {
    note(fmt::format("stopped: {}", reason));
  } catch (const Error&) {
    // The caller throws the original error.
  }
}

void print_interruption(const BatchOptions& options, const RunCounts& counts) {
  print_error(
      fmt::format("{} after {} of {} pictures; run the same command with --resume to continue",
                  options.watch ? "stopped" : "interrupted", counts.done, counts.pictures));
}

/// Prints the summary of a run that ended normally and returns its exit code.
int exit_code_of(const BatchOptions& options, const RunCounts& counts) {
  if (!options.quiet) {
    print_note(fmt::format("{} pictures, {} failed; results in {}", counts.done,
                           counts.failures.size(), options.folder.string()));
  }
  // Launchers of shards treat any other code as a crash: mpirun kills all tasks, Kubernetes
  // restarts the pod. Failures are listed in run.json and reported by `merge`.
  if (options.shard) return kExitDone;
  return exit_code(counts.failures.size() + counts.unreadable_folders,
                   counts.pictures + counts.unreadable_folders);
}

void make_gallery(const BatchOptions& options, const OutputFolder& folder,
                  const Checkpoint& checkpoint, const Inputs& inputs, const ResourcePlan& plan,
                  uint64_t memory, const Json& record) {
  GalleryFacts facts;
  facts.model = checkpoint.name;
  facts.probabilities = score_activation(checkpoint.config, options) != ScoreActivation::none;
  facts.outcome = record["outcome"];
  facts.written = record["written"];
  facts.pictures = record["counts"]["pictures"];
  GallerySettings settings;
  settings.max_pixels = options.max_pixels;
  settings.apply_exif = checkpoint.config.recipe.apply_exif;
  settings.threads = plan.decode_threads;
  settings.memory = memory;
  settings.links = options.machine;
  settings.picture_timeout = plan.picture_timeout;
  // After an interruption the gallery must not delay the end, but with --watch an interruption is
  // the normal end.
  if (!options.watch) settings.stopped = [] { return interrupt_signal() != 0; };
  write_gallery(folder, facts, settings,
                [&](const std::string& name) { return inputs.root + name; });
}

Inputs find_pictures(const BatchOptions& options) {
  Inputs inputs =
      expand_inputs(options.paths, STDIN_FILENO, {options.tree, options.separator, options.watch});
  refuse_own_results(options, inputs.folders);  // those of lists, too
  if (!options.quiet) print_input_notes(inputs);
  return inputs;
}

/// Classifies the pictures that are left and completes the results. Returns whether --strict ended
/// the run. note(outcome) writes run.json.
template <typename Note>
bool run_pictures(const BatchOptions& options, const OutputFolder& folder, BatchRun& run,
                  const Inputs& inputs, const NameIndex& names, const EarlierResults& earlier,
                  const std::vector<size_t>& left, const Note& note) {
  try {
    bool strict_stop = run.run(inputs, left);
    if (options.watch && !strict_stop) {
      strict_stop = run.watch(inputs, earlier.removed, [&] { note("running"); });
    }
    run.results().close();
    if (run.complete()) run.results().sort(names);
    if (options.shard) write_places(folder, names);
    return strict_stop;
  } catch (const std::exception& error) {
    record_if_possible(note, error.what());
    throw;
  }
}

int end_of_run(const BatchOptions& options, const RunCounts& counts, bool strict_stop,
               bool interrupted) {
  if (strict_stop) return kExitFailed;
  if (!interrupted) return exit_code_of(options, counts);
  print_interruption(options, counts);
  return 128 + interrupt_signal();
}

}  // namespace

int batch(BatchOptions options, const std::vector<std::string>& command) {
  check_folder(options);
  if (options.watch) check_watched(options);
  const Inputs inputs = find_pictures(options);
  const NameIndex names(inputs);
  const Checkpoint checkpoint = open_named_model(options);
  const OutputFolder folder = open_folder(options);
  const FolderLock lock(folder, options.quiet);
  check_folder(options);  // again, because another run may have ended there in the meantime
  adopt_outputs(options, folder);
  const Json settings = run_settings(options, checkpoint, inputs);
  const Json shard = shard_record(options, inputs);
  const auto earlier_record = options.resume ? read_run_record(options.folder) : std::nullopt;
  const EarlierResults earlier =
      options.resume ? earlier_results(options, folder, earlier_record, settings, inputs, names)
                     : EarlierResults(inputs.images.size());
  const std::vector<size_t> left = pictures_left(options, inputs, earlier);

  BatchExtras extras(options, folder, checkpoint);
  const size_t expected = options.watch ? kManyPictures : left.size();
  ResourcePlan plan = plan_resources(options.resources, checkpoint, expected, extras.maps());
  BatchRun run(options, folder, checkpoint, extras, plan, inputs, earlier, left.size());
  plan.max_memory = run.max_memory();
  const RunTimings before = earlier_record ? timings_of(*earlier_record) : RunTimings{};
  const auto note = [&](std::string_view outcome) {
    Json record =
        run_record(settings, shard, command, plan, run.counts(), outcome, before + run.timings());
    if (!options.machine) leave_machine_out(record);
    write_record(folder, record);
    return record;
  };

  install_interrupt_handlers();
  note("running");
  const bool strict_stop = run_pictures(options, folder, run, inputs, names, earlier, left, note);
  if (options.verbose) print_primitives(run.stats().primitives);
  const bool interrupted = interrupt_signal() != 0 && (options.watch || !run.complete());
  const Json record = note(strict_stop   ? "stopped at a failure (--strict)"
                           : interrupted ? "interrupted"
                                         : "finished");
  run.results().finish(pretty_json(record));
  if (options.report) {
    make_gallery(options, folder, checkpoint, inputs, plan, run.decoding_memory(), record);
  }
  return end_of_run(options, run.counts(), strict_stop, interrupted);
}

}  // namespace saccade
