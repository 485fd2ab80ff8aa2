#include "weights/hub/hub_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "weights/base/digest.h"
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

// Makes a file that does not exist yet: what another program put under its name, a link for
// example, is not written through.
void write_new(const fs::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written) return;
  throw SystemError(fmt::format("{}: cannot be written: {}; set HF_HUB_CACHE to use another folder",
                                file.string(), std::generic_category().message(error)));
}

/// Returns a name in the folder of `file` that no other thread or process uses.
fs::path draft_of(const fs::path& file) {
  static std::atomic<unsigned> count = 0;
  fs::path draft = fmt::format("{}.{}.{}.tmp", file.string(), ::getpid(), ++count);
  std::error_code ignored;
  fs::remove(draft, ignored);  // of a process that had this number before
  return draft;
}

// Makes backup programs skip the cache.
void write_tag(const fs::path& cache) {
  constexpr std::string_view kTag =
      "Signature: 8a477f597d28d172789f06886806bc55\n"
      "# This file is a cache directory tag created by huggingface_hub.\n"
      "# For information about cache directory tags, see:\n"
      "#\thttps://bford.info/cachedir/\n";
  const fs::path file = cache / "CACHEDIR.TAG";
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored))) return;  // or a link, whose target is not ours
  try {
    write_new(file, kTag);
  } catch (const SystemError&) {  // another program was faster
    if (!is_there(file)) throw;
  }
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

std::string unhashed_blob(const std::string& commit, const std::string& file) {
  return "unhashed-" + hexadecimal(sha256(commit + '/' + file));
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

uint64_t HubCache::blob_size(const std::string& etag) const {
  std::error_code error;
  const uint64_t size = fs::file_size(blob(etag), error);
  check(error, blob(etag));
  return size;
}

bool HubCache::known_missing(const std::string& commit, const std::string& name) const {
  return is_there(folder_ / ".no_exist" / commit / name);
}

void HubCache::make_folders(const std::string& commit) const {
  make_folder(folder_ / "blobs");
  make_folder(snapshot(commit));
  make_folder(lock("").parent_path());
  write_tag(cache_);
}

void HubCache::write_ref(const std::string& revision, const std::string& commit) const {
  if (revision == commit || commit_of(revision) == commit) return;
  const fs::path file = folder_ / "refs" / revision;
  make_folder(file.parent_path());
  // Write and rename, so that readers never see a part of it.
  const fs::path draft = draft_of(file);
  write_new(draft, commit);
  std::error_code error;
  fs::rename(draft, file, error);
  check(error, file);
}

void HubCache::note_missing(const std::string& commit, const std::string& name) const {
  const fs::path file = folder_ / ".no_exist" / commit / name;
  if (is_there(file)) return;
  try {
    make_folder(file.parent_path());
    write_new(file, "");
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
    fs::copy_file(blob(etag), draft, error);  // fails if another program made the draft
    if (!error) fs::rename(draft, path, error);
  }
  check(error, path);
}

void HubCache::make_folder(const fs::path& folder) const {
  std::error_code error;
  // What is there already must not lead new folders out of the cache.
  fs::path there = folder;
  while (there != folder_.parent_path() && !fs::exists(fs::symlink_status(there, error))) {
    there = there.parent_path();
  }
  if (there != folder_.parent_path()) check_inside(there);
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
  for (const fs::path& own : {root / folder_.filename(), root / "blobs", root / ".locks"}) {
    if (is_within(real, own)) return;
  }
  throw ModelError(
      fmt::format("{}: leads out of the cache, to {}; remove it, or name that folder with -m",
                  path.string(), real.string()));
}

}  // namespace saccade
