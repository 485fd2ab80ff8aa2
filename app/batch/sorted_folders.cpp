#include "app/batch/sorted_folders.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = ".new-";

/// "_up", "__root", ...
bool looks_escaped(std::string_view part) {
  const size_t begin = part.find_first_not_of('_');
  if (begin == 0 || begin == part.npos) return false;
  return part.substr(begin) == "up" || part.substr(begin) == "root";
}

[[noreturn]] void refuse(const fs::path& file, const std::error_code& error) {
  throw SystemError(fmt::format("{}: cannot be written: {}; fix that, then use --resume",
                                file.string(), error.message()));
}

void check(const fs::path& file, const std::error_code& error) {
  if (error) refuse(file, error);
}

/// Copies permissions and modification time too, so that is_copy() recognises the copy.
void copy_with_time(const fs::path& source, const fs::path& target) {
  std::error_code error;
  const auto time = fs::last_write_time(source, error);
  if (!error) fs::copy_file(source, target, error);
  if (!error) fs::last_write_time(target, time, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(target, ignored);
  const auto size = fs::file_size(source, ignored);
  if (ignored) throw ImageError(source.string() + ": vanished before it was copied");
  // The standard library reports a full disk as "Input/output error".
  const bool full = fs::space(target.parent_path(), ignored).available < size;
  refuse(target, full ? std::make_error_code(std::errc::no_space_on_device) : error);
}

bool is_copy(const fs::path& target, const fs::path& source) {
  constexpr std::chrono::seconds kCoarsest(2);  // the resolution of FAT's times
  std::error_code error;
  const auto apart = fs::last_write_time(target, error) - fs::last_write_time(source, error);
  return fs::file_size(target, error) == fs::file_size(source, error) &&
         std::chrono::abs(apart) <= kCoarsest;
}

}  // namespace

fs::path inner_path(std::string_view name) {
  fs::path path = name.starts_with('/') ? "_root" : "";
  for (const fs::path& part : fs::path(name).relative_path()) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      path /= "_up";
    } else {
      path /= looks_escaped(part.native()) ? "_" + part.native() : part.native();
    }
  }
  return path;
}

SortedFolders::SortedFolders(const fs::path& folder, SortMode mode,
                             const std::vector<std::string>& classes, bool replace)
    : folder_(folder), mode_(mode), replace_(replace), names_(classes) {
  std::error_code error;
  fs::create_directories(folder, error);
  check(folder, error);
  std::vector<fs::path> left;  // left by a run that was killed
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().native().starts_with(kTemporaryPrefix))
      left.push_back(entry.path());
  }
  check(folder, error);
  for (const fs::path& file : left) fs::remove(file, error);
}

void SortedFolders::place(const fs::path& source, const std::string& name, int64_t class_index) {
  const fs::path target = folder_ / names_.at(static_cast<size_t>(class_index)) / inner_path(name);
  if (is_there(target, source)) return;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  check(target, error);
  const fs::path temporary = folder_ / fmt::format("{}{}", kTemporaryPrefix, temporary_files_++);
  make(temporary, source);
  fs::rename(temporary, target, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  refuse(target, error);
}

bool SortedFolders::is_there(const fs::path& target, const fs::path& source) const {
  std::error_code error;
  const fs::file_status found = fs::symlink_status(target, error);
  if (!fs::exists(found)) return false;
  if (fs::is_symlink(found)) {
    return mode_ == SortMode::link && fs::read_symlink(target, error) == fs::absolute(source);
  }
  if (mode_ == SortMode::copy && fs::is_regular_file(found) && is_copy(target, source)) return true;
  if (replace_) return false;
  throw UsageError(fmt::format(
      "{}: exists already and is not of this run; give --overwrite, or another folder with -o",
      target.string()));
}

void SortedFolders::make(const fs::path& target, const fs::path& source) const {
  if (mode_ == SortMode::copy) return copy_with_time(source, target);
  std::error_code error;
  fs::create_symlink(fs::absolute(source), target, error);
  check(target, error);
}

}  // namespace saccade
