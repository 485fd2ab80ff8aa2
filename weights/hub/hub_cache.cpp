#include "weights/hub/hub_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <system_error>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"
#include "weights/hub/hub_name.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

void check(const std::error_code& error, const fs::path& path) {
  if (!error) return;
  throw SystemError(fmt::format("{}: {}; set HF_HUB_CACHE to use another folder", path.string(),
                                error.message()));
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be reached does not exist
  return fs::exists(path, ignored);
}

void write_small(const fs::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    throw SystemError(file.string() +
                      ": cannot be written; set HF_HUB_CACHE to use another folder");
  }
}

/// Returns a name in the folder of `file` that no other thread or process uses.
fs::path draft_of(const fs::path& file) {
  static std::atomic<unsigned> count = 0;
  return fmt::format("{}.{}.{}.tmp", file.string(), ::getpid(), ++count);
}

// Makes backup programs skip the cache.
void write_tag(const fs::path& cache) {
  constexpr std::string_view kTag =
      "Signature: 8a477f597d28d172789f06886806bc55\n"
      "# This file is a cache directory tag created by huggingface_hub.\n"
      "# For information about cache directory tags, see:\n"
      "#\thttps://bford.info/cachedir/\n";
  const fs::path file = cache / "CACHEDIR.TAG";
  if (!is_there(file)) write_small(file, kTag);
}

}  // namespace

std::string repo_folder_name(const std::string& repo) {
  std::string name = "models--" + repo;
  if (const size_t slash = name.find('/'); slash != std::string::npos) name.replace(slash, 1, "--");
  return name;
}

bool is_plain_etag(std::string_view etag) {
  constexpr size_t kMaxLength = 128;
  return !etag.empty() && etag.size() <= kMaxLength && etag.front() != '.' &&
         std::all_of(etag.begin(), etag.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

HubCache::HubCache(const fs::path& cache, const std::string& repo)
    : cache_(fs::absolute(cache)), folder_(cache_ / repo_folder_name(repo)) {}

fs::path HubCache::snapshot(const std::string& commit) const {
  return folder_ / "snapshots" / commit;
}

fs::path HubCache::lock(const std::string& etag) const {
  return cache_ / ".locks" / folder_.filename() / (etag + ".lock");
}

std::optional<std::string> HubCache::commit_of(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  const fs::path file = folder_ / "refs" / revision;
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  check_inside(file);
  InputStream stream(file);
  std::string commit(64, '\0');
  stream.read(commit.data(), static_cast<std::streamsize>(commit.size()));
  commit.resize(static_cast<size_t>(stream.gcount()));
  return is_commit(commit) ? std::optional(commit) : std::nullopt;
}

std::optional<fs::path> HubCache::file(const std::string& commit, const std::string& name) const {
  const fs::path path = snapshot(commit) / name;
  if (!is_there(path)) return std::nullopt;
  check_inside(path);
  return path;
}

bool HubCache::has_blob(const std::string& etag) const {
  if (!is_there(blob(etag))) return false;
  check_inside(blob(etag));
  return true;
}

bool HubCache::known_missing(const std::string& commit, const std::string& name) const {
  return is_there(folder_ / ".no_exist" / commit / name);
}

void HubCache::make_folders(const std::string& commit) const {
  make_folder(folder_ / "blobs");
  make_folder(snapshot(commit));
  write_tag(cache_);
}

void HubCache::write_ref(const std::string& revision, const std::string& commit) const {
  if (revision == commit || commit_of(revision) == commit) return;
  const fs::path file = folder_ / "refs" / revision;
  make_folder(file.parent_path());
  // Write and rename, so that readers never see a part of it.
  const fs::path draft = draft_of(file);
  write_small(draft, commit);
  std::error_code error;
  fs::rename(draft, file, error);
  check(error, file);
}

void HubCache::note_missing(const std::string& commit, const std::string& name) const {
  const fs::path file = folder_ / ".no_exist" / commit / name;
  if (is_there(file)) return;
  try {
    make_folder(file.parent_path());
    write_small(file, "");
  } catch (const SystemError&) {  // a read-only cache: the note would only save a request
  }
}

void HubCache::link(const std::string& commit, const std::string& name, const std::string& etag,
                    bool fresh, bool symlinks) const {
  const fs::path path = snapshot(commit) / name;
  if (is_there(path)) return;
  std::error_code error;
  fs::remove(path, error);  // a dangling link
  if (symlinks) {
    fs::create_symlink(fs::path("..") / ".." / "blobs" / etag, path, error);
    if (!error || error == std::errc::file_exists) return;
  }
  if (fresh) {
    fs::rename(blob(etag), path, error);
  } else {
    const fs::path draft = draft_of(path);
    fs::copy_file(blob(etag), draft, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(draft, path, error);
  }
  check(error, path);
}

void HubCache::make_folder(const fs::path& folder) const {
  std::error_code error;
  fs::create_directories(folder, error);
  check(error, folder);
  check_inside(folder);
}

void HubCache::check_inside(const fs::path& path) const {
  std::error_code error;
  const fs::path root = fs::canonical(cache_, error);
  check(error, cache_);
  const fs::path real = fs::canonical(path, error);
  check(error, path);
  if (is_within(real, root / folder_.filename()) || is_within(real, root / "blobs")) return;
  throw ModelError(
      fmt::format("{}: leads out of the cache, to {}; remove it, or name that folder with -m",
                  path.string(), real.string()));
}

}  // namespace saccade
