#include "app/batch/shard_folder.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <system_error>

#include "app/batch/run_record.h"
#include "app/system/parse_text.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResume = "run this shard with --resume";

[[noreturn]] void refuse(const fs::path& folder, std::string_view what) {
  throw UsageError(fmt::format("{}: {}", folder.string(), what));
}

/// Whether the folder is called "shard-I-of-N", as batch names the folders of shards.
bool is_shard(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.path().filename().string().starts_with("shard-") && entry.is_directory(ignored);
}

std::vector<fs::path> folders_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> folders;
  for (const std::string& path : paths) {
    std::error_code error;
    const size_t before = folders.size();
    for (const auto& entry : fs::directory_iterator(path, error)) {
      if (is_shard(entry)) folders.push_back(entry.path());
    }
    if (folders.size() > before) continue;
    if (!fs::exists(fs::path(path) / "run.json", error)) {
      refuse(path, "contains no shard; a shard's folder is named shard-I-of-N");
    }
    folders.emplace_back(path);
  }
  return folders;
}

Json read_record(const fs::path& folder) {
  const std::optional<Json> record = read_run_record(folder);
  if (record) {
    const auto is_object = [&](const char* key) {
      return record->contains(key) && record->at(key).is_object();
    };
    const Json model = record->at("settings").value("model", Json());
    if (is_object("counts") && model.is_string()) return *record;
    refuse(folder, fmt::format("run.json is damaged; {}", kResume));
  }
  refuse(folder, fmt::format("has no run.json; {}", kResume));
}

int64_t part_number(const Json& part, const char* key) {
  return part.contains(key) && part[key].is_number_unsigned() &&
                 part[key].get<uint64_t>() <= uint64_t{std::numeric_limits<int>::max()}
             ? part[key].get<int64_t>()
             : 0;
}

Shard shard_of(const Json& record, const fs::path& folder) {
  const Json part = record.value("shard", Json());
  if (!part.is_object()) refuse(folder, "is a whole run, not a shard of one");
  const int64_t index = part_number(part, "index");
  const int64_t of = part_number(part, "of");
  if (index < 1 || index > of) refuse(folder, "run.json does not say which shard it is");
  return {static_cast<int>(index), static_cast<int>(of)};
}

AllPictures all_pictures(const Json& record, const fs::path& folder) {
  try {
    const Json& part = record.at("shard");
    return {part.at("all_pictures").get<size_t>(), part.at("all_names_sha256").get<std::string>()};
  } catch (const Json::exception&) {
    refuse(folder,
           fmt::format("run.json does not describe the pictures of all shards; {}", kResume));
  }
}

/// Refuses a shard that is not part of the same run as `first`.
void check_same_run(const ShardFolder& first, const ShardFolder& other) {
  const std::string first_path = first.path().string();
  if (first.shard().of != other.shard().of) {
    refuse(other.path(),
           fmt::format("is one of {} shards, {} one of {}; give the shards of one run",
                       other.shard().of, first_path, first.shard().of));
  }
  const Json& settings = first.record().at("settings");
  const Json& others = other.record().at("settings");
  const auto check = [&](const Json& keys) {  // either may lack keys if another version wrote it
    for (const auto& [key, value] : keys.items()) {
      if (settings.contains(key) && others.contains(key) && settings[key] == others[key]) continue;
      refuse(other.path(),
             fmt::format("has other settings ({}) than {}; run all shards with the same settings",
                         key, first_path));
    }
  };
  check(others);
  check(settings);
  if (first.all() != other.all()) {
    refuse(other.path(), fmt::format("has seen other pictures than {}: pictures were added or "
                                     "removed in between; run all shards again with --resume",
                                     first_path));
  }
}

/// Raises the limit of open files: two files of each shard are open at a time.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

ShardFolder::ShardFolder(const fs::path& folder)
    : path_(folder),
      record_(read_record(folder)),
      shard_(shard_of(record_, folder)),
      all_(all_pictures(record_, folder)),
      results_(folder / kResultsFile),
      places_(RegularFile::open(folder / "places.txt")) {
  const Json outcome = record_.value("outcome", Json());
  if (outcome != "finished") refuse(path_, fmt::format("has not finished; {}", kResume));
  if (!places_) refuse(path_, fmt::format("places.txt cannot be read; {}", kResume));
  advance();
}

void ShardFolder::advance() {
  const StoredResult* stored = results_.next();
  next_.reset();
  std::string place;
  const bool has_place = places_->next_line(place);
  if (!stored && !has_place) return;
  if (!stored || !has_place) {
    refuse(path_, fmt::format("results.jsonl and places.txt differ in length; {}", kResume));
  }
  next_ = stored->result;
  if (!belongs_to(next_->file, shard_)) {
    refuse(path_, fmt::format("{} is not a picture of shard {} of {}", next_->file, shard_.index,
                              shard_.of));
  }
  listed_ = place != "-";
  if (!listed_) return;
  const auto number = parse_count(place, std::numeric_limits<int64_t>::max());
  if (!number)
    refuse(path_,
           fmt::format("places.txt holds {}, which is not an index; {}", quote(place), kResume));
  place_ = static_cast<size_t>(*number);
}

std::vector<ShardFolder> open_shards(const std::vector<std::string>& paths) {
  allow_many_files();
  std::vector<ShardFolder> shards;
  for (const fs::path& folder : folders_of(paths)) shards.emplace_back(folder);
  std::sort(shards.begin(), shards.end(), [](const ShardFolder& a, const ShardFolder& b) {
    return a.shard().index < b.shard().index;
  });
  int wanted = 1;
  for (const ShardFolder& shard : shards) {
    check_same_run(shards.front(), shard);
    if (shard.shard().index < wanted) {
      refuse(shard.path(),
             fmt::format("shard {} is given twice; give each shard once", shard.shard().index));
    }
    if (shard.shard().index > wanted) break;
    ++wanted;
  }
  const int of = shards.front().shard().of;
  if (wanted <= of) {
    throw UsageError(
        fmt::format("shard {} of {} is missing; give the folders of all shards", wanted, of));
  }
  return shards;
}

}  // namespace saccade
