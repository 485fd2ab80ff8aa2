#include "app/batch/results/run_record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <span>
#include <system_error>

#include "app/predict/findings.h"
#include "app/predict/predictions.h"
#include "app/system/cpu_count.h"
#include "model/kernels/compute.h"
#include "model/kernels/precision.h"
#include "vision/overlay/whole_file.h"
#include "weights/base/errors.h"
#include "weights/base/sha256.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::string all_names_sha256(const Inputs& inputs) {
  Sha256 names;
  for (size_t i = 0; i < inputs.images.size(); ++i) {
    names.add(inputs.name(i));
    names.add(std::string_view("\0", 1));  // no name holds it
  }
  return hexadecimal(names.digest());
}

bool is_list(const std::string& path) { return path == "-" || path.starts_with('@'); }

/// Wherever the run is resumed from.
std::vector<std::string> whole_paths(const std::vector<std::string>& paths) {
  std::vector<std::string> whole;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::path found = fs::weakly_canonical(path, error);
    whole.push_back(error || is_list(path) ? path : found.string());
  }
  return whole;
}

/// Folders may grow from one part of a run to the next; a list is the same or another one.
Json listed_names(const BatchOptions& options, const Inputs& inputs) {
  const bool any = std::any_of(options.paths.begin(), options.paths.end(), is_list);
  return any ? Json(all_names_sha256(inputs)) : Json();
}

// What the model is made at.
Precision precision_of(const BatchOptions& options) {
  const bool gradients = options.overlays && is_class_specific(*options.overlays);
  return gradients ? beside_int8(options.precision) : options.precision;
}

// Of what the command line adds to a checkpoint: nothing where it adds nothing.
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
  add_given_files(settings, options.overrides);
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
                const CoreSplit& split, const RunCounts& counts, std::string_view outcome,
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
            {"streams", split.streams},
            {"threads_each", split.threads_each},
            {"decode_threads", split.decode_threads},
            {"batch_size", split.batch_size},
            {"max_memory", split.max_memory}}},
          {"written", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"counts",
           {{"pictures", counts.pictures},
            {"classified", counts.done - counts.failures.size()},
            {"failed", counts.failures.size()},
            {"skipped_files", counts.skipped_files},
            {"unreadable_folders", counts.unreadable_folders}}},
          {"timings",
           {{"seconds", timings.seconds},
            {"images_per_second", timings.seconds > 0 ? double(counts.done) / timings.seconds : 0},
            {"reading_seconds", timings.reading_seconds},
            {"classifying_seconds", timings.classifying_seconds}}},
          {"failures", failures}};
}

std::optional<Json> read_run_record(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  Json record = Json::parse(stream, nullptr, false);
  const bool good =
      record.is_object() && record.contains("settings") && record["settings"].is_object();
  if (!good) {
    throw UsageError(file.string() +
                     ": is not the record of a run; give --overwrite or another folder with -o");
  }
  return record;
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

void write_record(const fs::path& folder, const Json& record) {
  const std::string text = paragraphs_of(record);
  write_whole_file(folder / "run.json", std::as_bytes(std::span(text)));
}

}  // namespace saccade
