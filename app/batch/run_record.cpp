#include "app/batch/run_record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/predict/findings.h"
#include "app/predict/predictions.h"
#include "app/results/json_values.h"
#include "app/system/regular_file.h"
#include "app/system/resource_limits.h"
#include "model/kernels/compute.h"
#include "model/kernels/precision.h"
#include "weights/base/digest.h"
#include "weights/base/errors.h"
#include "weights/base/input_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::string all_names_sha256(const Inputs& inputs) {
  Digest names(DigestAlgorithm::sha256);
  for (size_t i = 0; i < inputs.images.size(); ++i) {
    names.add(inputs.name(i));
    names.add(std::string_view("\0", 1));  // separator; names cannot contain it
  }
  return hexadecimal(names.finish());
}

bool is_list(const std::string& path) { return path == "-" || path.starts_with('@'); }

/// Absolute paths, so that the run can be resumed from another working directory.
std::vector<std::string> whole_paths(const std::vector<std::string>& paths) {
  std::vector<std::string> whole;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::path found = fs::weakly_canonical(path, error);
    whole.push_back(error || is_list(path) ? path : found.string());
  }
  return whole;
}

/// The names of a list of pictures. Folders may gain pictures between the parts of a run, but a
/// list must stay the same.
Json listed_names(const BatchOptions& options, const Inputs& inputs) {
  const bool any = std::any_of(options.paths.begin(), options.paths.end(), is_list);
  return any ? Json(all_names_sha256(inputs)) : Json();
}

// The precision at which the model is built.
Precision precision_of(const BatchOptions& options) {
  const bool gradients = options.overlays && is_class_specific(*options.overlays);
  return gradients ? beside_int8(options.precision) : options.precision;
}

/// Replaces every absolute path by its last part.
void shorten_paths(Json& json) {
  if (json.is_string() && json.get_ref<const std::string&>().starts_with('/')) {
    json = fs::path(json.get<std::string>()).filename().string();
  }
  if (!json.is_structured()) return;
  for (Json& part : json) shorten_paths(part);
}

/// What a run that says nothing of its machine records of its paths: enough to resume it.
void hide_paths(Json& settings) {
  Digest paths(DigestAlgorithm::sha256);
  for (const Json& path : settings["paths"]) {
    paths.add(path.get<std::string>());
    paths.add(std::string_view("\0", 1));
  }
  settings["paths"] = nullptr;
  settings["paths_sha256"] = hexadecimal(paths.finish());
  shorten_paths(settings["checkpoint"]);
}

// Adds the files that the command line adds to a checkpoint, if any.
void add_given_files(Json& settings, const RecipeOverrides& given) {
  if (given.classifier) settings["classifier_sha256"] = sha256_of_files({*given.classifier});
  if (given.labels) settings["labels_sha256"] = sha256_of_files({*given.labels});
}

}  // namespace

Json run_settings(const BatchOptions& options, const Checkpoint& checkpoint, const Inputs& inputs) {
  Json settings{{"model", checkpoint.name},
                {"weights_sha256", sha256_of_files(checkpoint.weights.files())},
                {"paths", whole_paths(options.paths)},
                {"listed_names_sha256", listed_names(options, inputs)},
                {"recursive", options.tree.recursive},
                {"include", options.tree.include},
                {"exclude", options.tree.exclude},
                {"topk", options.topk},
                {"activation", name_of(score_activation(checkpoint.config, options))},
                {"score_threshold", optional_json(options.score_threshold)},
                {"label_type", name_of(options.label_type)},
                {"precision", name_of(precision_of(options))},
                {"max_pixels", options.max_pixels},
                {"overlays", options.overlays ? Json(name_of(*options.overlays)) : Json()},
                {"sorted", options.sort.has_value()},
                {"decode", options.fast_decode ? "fast" : "exact"},
                {"checkpoint", findings_as_json(findings(checkpoint))}};
  if (options.tree.hidden) settings["hidden"] = true;
  add_given_files(settings, options.overrides);
  if (!options.machine) hide_paths(settings);
  return settings;
}

Json shard_record(const BatchOptions& options, const Inputs& inputs) {
  if (!options.shard) return nullptr;
  return {{"index", options.shard->index},
          {"of", options.shard->of},
          {"all_pictures", inputs.images.size()},
          {"all_names_sha256", all_names_sha256(inputs)}};
}

Json run_record(const Json& settings, const Json& shard, const std::vector<std::string>& command,
                const ResourcePlan& plan, const RunCounts& counts, std::string_view outcome,
                const RunTimings& timings) {
  Json failures = Json::array();
  std::error_code folder_error;
  for (const Failure& failure : counts.failures) {
    failures.push_back({{"file", failure.file}, {"error", failure.error}});
  }
  return {{"outcome", outcome},
          {"command", command},
          {"working_folder", fs::current_path(folder_error).string()},
          {"settings", settings},
          {"shard", shard},
          {"versions", {{"saccade", SACCADE_VERSION}, {"onednn", onednn_version()}}},
          {"host",
           {{"name", host_name()},
            {"cpus", usable_cpus()},
            {"streams", plan.streams},
            {"threads_each", plan.threads_each},
            {"decode_threads", plan.decode_threads},
            {"batch_size", plan.batch_size},
            {"max_memory", plan.max_memory}}},
          {"written", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"counts",
           {{"pictures", counts.pictures},
            {"classified", counts.done - counts.failures.size()},
            {"failed", counts.failures.size()},
            {"skipped_files", counts.skipped_files},
            {"unreadable_folders", counts.unreadable_folders},
            {"hidden", counts.hidden}}},
          {"timings",
           {{"seconds", timings.seconds},
            {"images_per_second", timings.seconds > 0 ? double(counts.done) / timings.seconds : 0},
            {"reading_seconds", timings.reading_seconds},
            {"classifying_seconds", timings.classifying_seconds}}},
          {"failures", failures}};
}

void leave_machine_out(Json& record) {
  record["command"] = nullptr;
  record["working_folder"] = nullptr;
  record["host"]["name"] = nullptr;
  const auto outcome = record["outcome"].get<std::string>();
  if (outcome.starts_with("stopped: ")) record["outcome"] = "stopped by an error";
}

std::optional<Json> read_run_record(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  std::optional<RegularFile> found = RegularFile::open(file);
  if (!found) return std::nullopt;
  const std::optional<Json> record = parse_json(found->rest());
  const bool good = record && record->is_object() && record->contains("settings") &&
                    record->at("settings").is_object();
  if (good) return record;
  throw UsageError(file.string() +
                   ": is empty or damaged, so the settings of the run are not known; if they are "
                   "these, remove this file and use --resume; else give --overwrite or another "
                   "folder with -o");
}

RunTimings timings_of(const Json& record) {
  const Json timings = record.value("timings", Json::object());
  const auto seconds = [&](const char* name) {
    return timings.is_object() && timings.contains(name) && timings[name].is_number()
               ? timings[name].get<double>()
               : 0;
  };
  return {seconds("seconds"), seconds("reading_seconds"), seconds("classifying_seconds")};
}

void write_record(const OutputFolder& folder, const Json& record) {
  folder.write_to_disk("run.json", pretty_json(record));
}

}  // namespace saccade
