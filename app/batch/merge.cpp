#include "app/batch/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "app/batch/folder_lock.h"
#include "app/batch/results/run_results.h"
#include "app/batch/run_record.h"
#include "app/batch/shard_folder.h"
#include "app/cli/exit_code.h"
#include "app/cli/messages.h"
#include "app/results/json_values.h"
#include "app/system/output_folder.h"
#include "weights/base/digest.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

void check_merged_folder(const MergeOptions& options, const std::vector<ShardFolder>& shards) {
  std::error_code error;
  for (const ShardFolder& shard : shards) {
    if (!fs::equivalent(options.folder, shard.path(), error)) continue;
    throw UsageError(options.folder.string() + ": is one of the shards; -o names another folder");
  }
  if (!options.overwrite && fs::exists(options.folder, error) && !is_empty_folder(options.folder)) {
    throw UsageError(options.folder.string() +
                     ": is not empty; --overwrite replaces its results, -o names another folder");
  }
}

/// The shard whose next record comes first; null after the last record.
ShardFolder* first_of(std::vector<ShardFolder>& shards) {
  ShardFolder* first = nullptr;
  for (ShardFolder& shard : shards) {
    if (shard.next() && (!first || shard.place() < first->place())) first = &shard;
  }
  return first;
}

[[noreturn]] void refuse_gap(size_t place, size_t all) {
  throw UsageError(fmt::format(
      "the record of picture {} of {} is missing; run the shards with --resume", place + 1, all));
}

/// Reads all records. Throws UsageError unless they are those of every picture, once each.
void check_whole(std::vector<ShardFolder> shards) {
  const AllPictures all = shards.front().all();
  std::unordered_set<std::string> seen;
  Digest names(DigestAlgorithm::sha256);
  size_t expected = 0;
  while (ShardFolder* shard = first_of(shards)) {
    const std::string& name = shard->next()->file;
    if (!seen.insert(name).second) {
      throw UsageError(fmt::format("{}: {} has two records; run this shard with --overwrite",
                                   shard->path().string(), name));
    }
    if (shard->listed()) {
      if (shard->place() > expected) refuse_gap(expected, all.count);
      expected = shard->place() + 1;
      names.add(name);
      names.add(std::string_view("\0", 1));
    }
    shard->advance();
  }
  if (expected < all.count) refuse_gap(expected, all.count);
  if (hexadecimal(names.finish()) != all.names_sha256) {
    throw UsageError(
        "the shards' records do not match the pictures they found, or their order; run the shards "
        "with --resume");
  }
}

/// Writes the records of all shards, ordered by the index of their pictures. Returns the counts.
RunCounts merge_records(std::vector<ShardFolder> shards, RunResults& results) {
  RunCounts counts;
  while (ShardFolder* shard = first_of(shards)) {
    const ImageResult& result = *shard->next();
    results.add(result);
    ++counts.done;
    if (!result.error.empty()) counts.failures.push_back({result.file, result.error});
    shard->advance();
  }
  results.close();
  return counts;
}

/// The number in run.json at `group`.`key`; 0 if it is missing or not a number.
Json number_in(const Json& record, const char* group, const char* key) {
  if (!record.contains(group) || !record[group].is_object()) return 0;
  const Json value = record[group].value(key, Json());
  return value.is_number() ? value : Json(0);
}

double sum_of(const std::vector<ShardFolder>& shards, const char* key) {
  double sum = 0;
  for (const ShardFolder& shard : shards) {
    sum += number_in(shard.record(), "timings", key).get<double>();
  }
  return sum;
}

Json merged_timings(const std::vector<ShardFolder>& shards, const RunCounts& counts) {
  double seconds = 0;
  for (const ShardFolder& shard : shards) {
    seconds = std::max(seconds, timings_of(shard.record()).seconds);
  }
  return {{"seconds", seconds},
          {"images_per_second", seconds > 0 ? double(counts.done) / seconds : 0},
          {"reading_seconds", sum_of(shards, "reading_seconds")},
          {"classifying_seconds", sum_of(shards, "classifying_seconds")}};
}

/// The first shard's record, with the fields that concern the whole run replaced. All shards walk
/// the same folders, so each has counted all skipped files.
Json merged_record(const std::vector<ShardFolder>& shards, const RunCounts& counts) {
  Json record = shards.front().record();
  record["shard"] = nullptr;
  record["host"] = nullptr;
  record["counts"]["pictures"] = counts.done;
  record["counts"]["classified"] = counts.done - counts.failures.size();
  record["counts"]["failed"] = counts.failures.size();
  record["timings"] = merged_timings(shards, counts);
  record["failures"] = Json::array();
  for (const Failure& failure : counts.failures) {
    record["failures"].push_back({{"file", failure.file}, {"error", failure.error}});
  }
  record["shards"] = Json::array();
  for (const ShardFolder& shard : shards) {
    Json part = {{"index", shard.shard().index}};
    for (const char* key : {"command", "host", "written", "counts", "timings"}) {
      part[key] = shard.record().value(key, Json());
    }
    record["shards"].push_back(part);
  }
  return record;
}

/// Whether a link in the folder of a shard is one that --sort-into-folders makes: in the folder of
/// a class, with an absolute target.
bool is_sorted_link(const fs::path& name, const fs::path& target) {
  return *name.begin() == "sorted" && std::distance(name.begin(), name.end()) > 2 &&
         target.is_absolute();
}

/// Brings the files of a shard into `folder`, and the links that --sort-into-folders has made. The
/// folder of a shard may have been written by others: other links are left out, with a note.
void take_outputs(const fs::path& shard, const OutputFolder& folder) {
  const OutputFolder from(shard);
  std::vector<std::string> left_out;
  for (const char* part : {"overlays", "sorted"}) {
    std::error_code ignored;
    if (fs::is_symlink(shard / part, ignored)) {
      left_out.emplace_back(part);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(shard / part, ignored)) {
      const fs::path name = entry.path().lexically_relative(shard);
      if (entry.is_symlink(ignored)) {
        const fs::path target = fs::read_symlink(entry.path(), ignored);
        is_sorted_link(name, target) ? folder.link(target, name)
                                     : void(left_out.push_back(name.string()));
      } else if (!entry.is_directory(ignored) && !folder.take(from, name)) {
        left_out.push_back(name.string());
      }
    }
  }
  if (left_out.empty()) return;
  print_note(
      fmt::format("note: {}: links and other things that no run puts there are left out: {} ({})",
                  shard.string(), left_out.size(), quote(left_out.front())));
}

/// Until the end, the folder does not hold a finished run; and nothing of an earlier one must seem
/// to belong to this.
void remove_earlier(const OutputFolder& folder) {
  for (const char* file :
       {"run.json", "results.csv", "results.sqlite", "places.txt", "report/index.html"}) {
    folder.remove(file);
  }
}

}  // namespace

int merge(const MergeOptions& options) {
  const std::vector<ShardFolder> shards = open_shards(options.paths);
  check_whole(open_shards(options.paths));
  check_merged_folder(options, shards);
  const OutputFolder folder(options.folder);
  const FolderLock lock(folder, false);
  remove_earlier(folder);
  const std::string model = shards.front().record()["settings"].value("model", "");
  RunResults results(folder, options.formats, model, 0);
  const RunCounts counts = merge_records(open_shards(options.paths), results);
  for (const ShardFolder& shard : shards) take_outputs(shard.path(), folder);
  const Json merged = merged_record(shards, counts);
  const std::string record = pretty_json(merged);
  results.finish(record);
  write_record(folder, merged);
  const auto unreadable = number_in(merged, "counts", "unreadable_folders").get<size_t>();
  return exit_code(counts.failures.size() + unreadable, counts.done + unreadable);
}

}  // namespace saccade
