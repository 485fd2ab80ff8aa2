#include "app/run_record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <system_error>

#include "app/cpu_count.h"
#include "app/findings.h"
#include "app/inspect.h"
#include "app/output.h"
#include "app/predictions.h"
#include "model/vision_transformer.h"
#include "weights/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

Json run_settings(const BatchOptions& options, const Checkpoint& checkpoint) {
  std::error_code ignored;
  return {{"model", checkpoint.name},
          {"weights_bytes", fs::file_size(checkpoint.file, ignored)},
          {"paths", options.paths},
          {"recursive", options.tree.recursive},
          {"include", options.tree.include},
          {"exclude", options.tree.exclude},
          {"topk", options.topk},
          {"activation", name_of(score_activation(checkpoint.config, options))},
          {"score_threshold", optional_json(options.score_threshold)},
          {"label_type", static_cast<int>(options.label_type)},
          {"max_pixels", options.max_pixels},
          {"checkpoint", Json::parse(findings_as_json(findings(checkpoint)))}};
}

std::string run_record(const Json& settings, const std::vector<std::string>& command,
                       const RunPlan& plan, const RunCounts& counts, std::string_view outcome,
                       double seconds) {
  Json failures = Json::array();
  for (const Failure& failure : counts.failures) {
    failures.push_back({{"file", failure.file}, {"error", failure.error}});
  }
  const Json record = {
      {"outcome", outcome},
      {"command", command},
      {"settings", settings},
      {"versions", {{"saccade", SACCADE_VERSION}, {"onednn", onednn_version()}}},
      {"host",
       {{"name", host_name()},
        {"cpus", usable_cpus()},
        {"threads", plan.threads},
        {"decode_threads", plan.decode_threads},
        {"batch_size", plan.batch_size},
        {"max_memory", plan.max_memory}}},
      {"written", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
      {"counts",
       {{"pictures", counts.pictures},
        {"classified", counts.done - counts.failures.size()},
        {"failed", counts.failures.size()},
        {"skipped_files", counts.skipped_files},
        {"unreadable_folders", counts.unreadable_folders}}},
      {"timings", {{"seconds", seconds}}},
      {"failures", failures}};
  return record.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<Json> read_run_record(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  Json record = Json::parse(stream, nullptr, false);
  const bool good = record.is_object() && record.contains("settings") &&
                    record["settings"].is_object() && record.contains("timings") &&
                    record["timings"].is_object() && record["timings"].contains("seconds") &&
                    record["timings"]["seconds"].is_number();
  if (!good) {
    throw UsageError(file.string() +
                     ": is not the record of a run; give --overwrite or another folder with -o");
  }
  return record;
}

void replace_file(const fs::path& file, std::string_view text) {
  fs::path beside = file;
  beside += ".new";
  std::error_code ignored;
  fs::remove(beside, ignored);
  try {
    Output output(beside);
    output.write(text);
    output.flush();
    output.close();
  } catch (const SystemError&) {
    fs::remove(beside, ignored);
    throw;
  }
  std::error_code error;
  fs::rename(beside, file, error);
  if (error) {
    throw SystemError(fmt::format("{}: cannot be replaced: {}", file.string(), error.message()));
  }
}

}  // namespace saccade
