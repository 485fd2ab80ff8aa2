#include "weights/hub/cached_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>

#include "weights/base/errors.h"
#include "weights/hub/cached_snapshot.h"
#include "weights/hub/hub_cache.h"
#include "weights/hub/hub_name.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

void check_cache(const std::error_code& error, const fs::path& path) {
  if (error) throw SystemError(fmt::format("{}: {}", path.string(), error.message()));
}

/// "models--org--name" -> "org/name"; nullopt for other folders.
std::optional<std::string> repo_of(const std::string& folder) {
  constexpr std::string_view kHead = "models--";
  if (!folder.starts_with(kHead)) return std::nullopt;
  std::string repo = folder.substr(kHead.size());
  if (const size_t dashes = repo.find("--"); dashes != std::string::npos) {
    repo = fmt::format("{}/{}", repo.substr(0, dashes), repo.substr(dashes + 2));
  }
  const auto name = parse_hub_name(repo);
  return name && name->repo == repo ? std::optional(repo) : std::nullopt;
}

/// Returns the total size of the files under `folder` that resolve into `root`, each counted once.
uint64_t bytes_under(const fs::path& folder, const fs::path& root) {
  std::set<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code broken;  // a dangling link takes no space
    const fs::path real = fs::canonical(entry->path(), broken);
    if (!broken && fs::is_regular_file(real, broken) &&
        real.string().starts_with(root.string() + "/")) {
      files.insert(real);
    }
  }
  uint64_t bytes = 0;
  for (const fs::path& file : files) {
    const uintmax_t size = fs::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes;
}

/// Returns the branches and tags of each commit.
std::map<std::string, std::vector<std::string>> refs_of(const HubCache& cache) {
  std::map<std::string, std::vector<std::string>> refs;
  const fs::path folder = cache.folder() / "refs";
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).string();
    try {
      if (const auto commit = cache.commit_of(name)) refs[*commit].push_back(name);
    } catch (const Error&) {
      // Not a ref: it leads out of the cache.
    }
  }
  for (auto& [commit, names] : refs) std::sort(names.begin(), names.end());
  return refs;
}

std::string flaw_of(const HubCache& cache, const std::string& repo, const std::string& commit) {
  try {
    if (snapshot_state(cache, commit) != SnapshotState::partial) return "";
  } catch (const Error& error) {
    return error.what();
  }
  return fmt::format("config.json or the weights are missing; 'saccade pull {}' downloads them",
                     repo);
}

std::vector<CachedModel> revisions_of(const HubSettings& settings, const std::string& repo) {
  const HubCache cache(settings.cache, repo);
  const fs::path root = fs::canonical(settings.cache);
  const auto refs = refs_of(cache);
  std::vector<CachedModel> models;
  std::error_code error;
  for (fs::directory_iterator entry(cache.folder() / "snapshots", error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string commit = entry->path().filename().string();
    if (!is_commit(commit)) continue;
    const auto names = refs.find(commit);
    models.push_back(
        {repo, commit, names == refs.end() ? std::vector<std::string>{} : names->second,
         bytes_under(entry->path(), root), entry->path(), flaw_of(cache, repo, commit)});
  }
  if (models.empty()) {
    models.push_back(
        {repo,
         "",
         {},
         bytes_under(cache.folder(), root),
         {},
         fmt::format("its download is incomplete; 'saccade pull {}' resumes it", repo)});
  }
  return models;
}

}  // namespace

std::vector<CachedModel> cached_models(const HubSettings& settings) {
  std::vector<CachedModel> models;
  std::error_code error;
  if (!fs::exists(settings.cache, error)) return models;
  for (fs::directory_iterator entry(settings.cache, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto repo = repo_of(entry->path().filename().string());
    if (!repo) continue;
    for (CachedModel& model : revisions_of(settings, *repo)) models.push_back(std::move(model));
  }
  check_cache(error, settings.cache);
  std::sort(models.begin(), models.end(), [](const CachedModel& a, const CachedModel& b) {
    return std::tie(a.repo, a.commit) < std::tie(b.repo, b.commit);
  });
  return models;
}

uint64_t remove_cached_model(const HubSettings& settings, const std::string& repo) {
  const fs::path folder = HubCache(settings.cache, repo).folder();
  std::error_code error;
  if (!fs::exists(fs::symlink_status(folder, error))) {
    throw ModelError(fmt::format("{}: not in the cache {}; 'saccade models' lists what is", repo,
                                 settings.cache.string()));
  }
  // Of a link, remove only the link itself.
  const bool is_link = fs::is_symlink(folder, error);
  const uint64_t bytes = is_link ? 0 : bytes_under(folder, fs::canonical(folder));
  // Snapshots before blobs, so that no snapshot is left without its files.
  if (!is_link) {
    for (const char* part : {"refs", "snapshots"}) {
      fs::remove_all(folder / part, error);
      check_cache(error, folder / part);
    }
  }
  fs::remove_all(folder, error);
  check_cache(error, folder);
  return bytes;
}

}  // namespace saccade
