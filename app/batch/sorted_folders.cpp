#include "app/batch/sorted_folders.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>

#include "app/batch/inner_path.h"
#include "app/system/output_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSorted = "sorted";

bool is_copy(const fs::path& target, const fs::path& source) {
  constexpr std::chrono::seconds kCoarsest(2);  // the resolution of FAT's times
  std::error_code error;
  const auto apart = fs::last_write_time(target, error) - fs::last_write_time(source, error);
  return fs::file_size(target, error) == fs::file_size(source, error) &&
         std::chrono::abs(apart) <= kCoarsest;
}

}  // namespace

SortedFolders::SortedFolders(const OutputFolder& folder, SortMode mode,
                             const std::vector<std::string>& classes, bool replace)
    : folder_(folder), mode_(mode), replace_(replace), names_(classes) {
  folder.make_folder(kSorted);
}

void SortedFolders::place(const fs::path& source, const std::string& name, int64_t class_index) {
  const fs::path part = fs::path(kSorted) / names_.at(static_cast<size_t>(class_index));
  const fs::path target = picture_path(folder_, part, name, "", false);
  if (is_there(folder_.path() / target, source)) return;
  if (mode_ == SortMode::copy) return copy(source, target);
  const fs::path whole = fs::absolute(source);
  if (whole.native().size() >= PATH_MAX) {
    throw ImageError(source.string() + ": its path is too long for a link; sort by copy");
  }
  folder_.link(whole, target);
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

/// With permissions and time, so that is_copy() recognises the copy.
void SortedFolders::copy(const fs::path& source, const fs::path& target) const {
  const Descriptor from(::open(source.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  int error = errno;
  if (!from.valid() && (error == EMFILE || error == ENFILE || error == ENOMEM)) {
    throw SystemError(fmt::format("{}: cannot be opened: {}", source.string(),
                                  std::generic_category().message(error)));
  }
  if (!from.valid() && error == ENOENT) {
    throw ImageError(source.string() + ": vanished before it was copied");
  }
  if (from.valid()) {
    OutputFile to(folder_, target);
    error = to.copy(from.get());
    if (error == 0) return to.commit();
  }
  throw ImageError(fmt::format("{}: cannot be copied: {}", source.string(),
                               std::generic_category().message(error)));
}

}  // namespace saccade
