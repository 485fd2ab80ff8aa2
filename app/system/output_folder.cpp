#include "app/system/output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "app/system/output_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = ".saccade-";
constexpr std::string_view kTemporaryEnding = ".part";
constexpr int kFolder = O_DIRECTORY | O_CLOEXEC;

[[noreturn]] void refuse_folder(const fs::path& folder, int error) {
  throw SystemError(fmt::format("{}: cannot be created: {}; choose another folder with -o",
                                folder.string(), std::generic_category().message(error)));
}

/// Throws the error of entering the folder `at` on the way to `file`.
[[noreturn]] void refuse_entry(const fs::path& at, const fs::path& file, int error) {
  if (error == ELOOP) {
    throw SystemError(
        fmt::format("{}: is a link, and a run does not write through links in its folder; remove "
                    "it, or choose another folder with -o",
                    at.string()));
  }
  throw SystemError(fmt::format("{}: cannot be written: {}", file.string(),
                                std::generic_category().message(error)));
}

bool is_link(int folder, const char* name) {
  struct stat status {};
  return ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/// Opens a folder in `parent`, and not through a link: errno is ELOOP then.
int enter(int parent, const char* name, bool create) {
  int opened = ::openat(parent, name, O_PATH | O_NOFOLLOW | kFolder);
  if (opened < 0 && errno == ENOENT && create) {
    if (::mkdirat(parent, name, 0777) != 0 && errno != EEXIST) return -1;
    opened = ::openat(parent, name, O_PATH | O_NOFOLLOW | kFolder);
  }
  if (opened < 0 && errno == ENOTDIR) errno = is_link(parent, name) ? ELOOP : ENOTDIR;
  return opened;
}

Descriptor open_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path name = folder.empty() ? fs::path(".") : folder;
  Descriptor opened(::open(name.c_str(), O_RDONLY | kFolder));
  // A folder whose names may not be read can be written to, but not locked.
  if (!opened.valid() && errno == EACCES)
    opened = Descriptor(::open(name.c_str(), O_PATH | kFolder));
  if (!opened.valid()) refuse_folder(folder, error ? error.value() : errno);
  return opened;
}

Descriptor open_inside(const OutputFolder& parent, const fs::path& name) {
  const Descriptor found(enter(parent.handle(), name.c_str(), true));
  if (!found.valid() && errno != ELOOP) refuse_folder(parent.path() / name, errno);
  if (!found.valid()) refuse_entry(parent.path() / name, name, ELOOP);
  Descriptor opened(::openat(found.get(), ".", O_RDONLY | kFolder));
  if (!opened.valid()) refuse_folder(parent.path() / name, errno);
  return opened;
}

}  // namespace

bool is_empty_folder(const fs::path& folder) {
  std::error_code error;
  const bool empty = fs::is_empty(folder, error);
  if (!error) return empty;
  throw SystemError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
}

OutputFolder::OutputFolder(const fs::path& folder) : path_(folder), handle_(open_folder(folder)) {}

OutputFolder::OutputFolder(const OutputFolder& parent, const fs::path& name)
    : path_(parent.path_ / name), handle_(open_inside(parent, name)) {}

int OutputFolder::find(const fs::path& name, Missing missing, Place& place, fs::path& at) const {
  if (name.is_absolute() || !name.has_filename()) throw std::invalid_argument("OutputFolder: name");
  at = path_;
  place.folder = handle_.get();
  for (const fs::path& part : name.parent_path()) {
    if (part == "..") throw std::invalid_argument("OutputFolder: leaves the folder");
    at /= part;
    Descriptor next(enter(place.folder, part.c_str(), missing == Missing::create));
    if (!next.valid()) return errno;
    place.opened = std::move(next);
    place.folder = place.opened.get();
  }
  place.name = name.filename();
  return 0;
}

OutputFolder::Place OutputFolder::place_of(const fs::path& name, Missing missing) const {
  Place place{};
  fs::path at;
  if (const int error = find(name, missing, place, at)) refuse_entry(at, path_ / name, error);
  return place;
}

std::string OutputFolder::temporary_name() const {
  static std::atomic<unsigned> number{0};
  return fmt::format("{}{}-{}{}", kTemporaryPrefix, ::getpid(), number++, kTemporaryEnding);
}

void OutputFolder::rename(const std::string& temporary, const fs::path& name) const {
  const Place place = place_of(name, Missing::create);
  if (::renameat(handle_.get(), temporary.c_str(), place.folder, place.name.c_str()) == 0) return;
  refuse_entry(path_ / name, path_ / name, errno);
}

void OutputFolder::rename_or_remove(const std::string& temporary, const fs::path& name) const {
  struct Remover {
    int folder;
    const std::string& name;
    ~Remover() { ::unlinkat(folder, name.c_str(), 0); }
  };
  const Remover remover{handle_.get(),
                        temporary};  // rename(2) keeps a second name of the same file
  rename(temporary, name);
}

void OutputFolder::write(const fs::path& name, std::string_view bytes) const {
  OutputFile file(*this, name);
  file.write(bytes);
  file.commit();
}

void OutputFolder::write(const fs::path& name, std::span<const uint8_t> bytes) const {
  write(name, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void OutputFolder::write_to_disk(const fs::path& name, std::string_view bytes) const {
  OutputFile file(*this, name);
  file.write(bytes);
  file.sync();
  file.commit();
  // Many file systems cannot sync a folder, and say so in different ways.
  const Place place = place_of(name, Missing::report);
  const Descriptor folder(::openat(place.folder, ".", O_RDONLY | kFolder));
  if (folder.valid() && ::fsync(folder.get()) != 0 && (errno == EIO || errno == ENOSPC)) {
    refuse_entry(path_ / name, path_ / name, errno);
  }
}

void OutputFolder::make_folder(const fs::path& name) const {
  Place place{};
  fs::path at;
  const int error = find(name / ".", Missing::create, place, at);
  if (error == ELOOP) refuse_entry(at, at, error);
  if (error != 0) refuse_folder(path_ / name, error);
}

void OutputFolder::link(const fs::path& target, const fs::path& name) const {
  std::string temporary;
  int made = 0;
  do {
    temporary = temporary_name();
    made = ::symlinkat(target.c_str(), handle_.get(), temporary.c_str());
  } while (made != 0 && errno == EEXIST);
  if (made != 0) refuse_entry(path_ / name, path_ / name, errno);
  rename_or_remove(temporary, name);
}

bool OutputFolder::take(const OutputFolder& from, const fs::path& name) const {
  const Descriptor file = from.open_file(name);
  if (!file.valid()) return false;
  // By its descriptor, because by now the name may be that of a link.
  const std::string opened = fmt::format("/proc/self/fd/{}", file.get());
  const std::string temporary = temporary_name();
  if (::linkat(AT_FDCWD, opened.c_str(), handle_.get(), temporary.c_str(), AT_SYMLINK_FOLLOW) ==
      0) {
    rename_or_remove(temporary, name);
    return true;
  }
  OutputFile copy(*this, name);
  if (const int error = copy.copy(file.get())) {
    throw SystemError(fmt::format("{}: cannot be read: {}", (from.path_ / name).string(),
                                  std::generic_category().message(error)));
  }
  copy.commit();
  return true;
}

Descriptor OutputFolder::open_file(const fs::path& name) const {
  Place place{};
  fs::path at;
  if (find(name, Missing::report, place, at) != 0) return {};
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor file(::openat(place.folder, place.name.c_str(), kFlags));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

bool OutputFolder::has_file(const fs::path& name) const {
  Place place{};
  fs::path at;
  struct stat status {};
  return find(name, Missing::report, place, at) == 0 &&
         ::fstatat(place.folder, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(status.st_mode);
}

bool OutputFolder::remove(const fs::path& name) const {
  Place place{};
  fs::path at;
  const int error = find(name, Missing::report, place, at);
  if (error == ENOENT || error == ENOTDIR) return false;
  if (error != 0) refuse_entry(at, path_ / name, error);
  if (::unlinkat(place.folder, place.name.c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  throw SystemError(fmt::format("{}: cannot be removed: {}", (path_ / name).string(),
                                std::generic_category().message(errno)));
}

bool OutputFolder::can_hold(const fs::path& name) const {
  // Other programs could not open a longer path.
  if (fs::absolute(path_ / name).native().size() >= PATH_MAX) return false;
  Place place{};
  fs::path at;
  const auto is_names_fault = [](int error) {
    return error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG || error == EINVAL ||
           error == EILSEQ;
  };
  const int error = find(name, Missing::create, place, at);
  if (is_names_fault(error)) return false;
  if (error != 0) refuse_entry(at, path_ / name, error);
  struct stat status {};
  const bool found = ::fstatat(place.folder, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (found) return !S_ISDIR(status.st_mode);
  return !is_names_fault(errno);
}

void OutputFolder::remove_leftovers() const {
  const int listed = ::openat(handle_.get(), ".", O_RDONLY | kFolder);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(listed), ::closedir);
  if (!folder) {  // nothing can be listed: whatever was left stays
    if (listed >= 0) ::close(listed);
    return;
  }
  std::vector<std::string> left;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(kTemporaryPrefix) && name.ends_with(kTemporaryEnding)) {
      left.emplace_back(name);
    }
  }
  for (const std::string& name : left) ::unlinkat(handle_.get(), name.c_str(), 0);
}

}  // namespace saccade
