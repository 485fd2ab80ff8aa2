#include "app/inputs/picture_tree.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/inputs/hidden_name.h"
#include "app/inputs/natural_order.h"
#include "vision/decode/image_header.h"
#include "weights/base/input_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 29> kImageExtensions{
    ".jpg", ".jpeg",  ".jpe",   ".jfif",  ".png", ".webp", ".tif",  ".tiff", ".bmp", ".dib",
    ".pnm", ".pbm",   ".pgm",   ".ppm",   ".gif", ".heic", ".heif", ".avif", ".jp2", ".jxl",
    ".hif", ".heics", ".heifs", ".avifs", ".j2k", ".j2c",  ".jpx",  ".mpo",  ".apng"};

using FileId = std::pair<dev_t, ino_t>;

bool matches_any(const std::vector<std::string>& globs, const std::string& path) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), path.c_str(), 0) == 0;
  });
}

/// The first bytes of the file; nullopt if it cannot be read.
std::optional<std::vector<std::byte>> head_of(const fs::path& file) {
  const InputFile in(file);
  if (!in.problem().empty()) return std::nullopt;
  std::vector<std::byte> head(16);
  try {
    head.resize(in.read(head, 0));
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  return head;
}

class Walk {
 public:
  Walk(const fs::path& root, const TreeOptions& options) : root_(root), options_(options) {
    struct stat status;
    for (const fs::path& folder : options.excluded_folders) {
      if (::stat(folder.c_str(), &status) == 0) entered_.emplace(status.st_dev, status.st_ino);
    }
  }

  PictureTree run() {
    struct stat status;
    if (::stat(root_.c_str(), &status) == 0) {
      entered_.erase({status.st_dev, status.st_ino});  // it may be excluded, but was named
      enter("", status);
    }
    return std::move(tree_);
  }

 private:
  /// `relative` is the folder's path in the root, empty for the root itself.
  void enter(const std::string& relative, const struct stat& folder) {
    if (!entered_.emplace(folder.st_dev, folder.st_ino).second) return;
    for (const std::string& name : names_in(root_ / relative)) {
      visit(relative.empty() ? name : relative + '/' + name, name);
    }
  }

  std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) {
      tree_.unreadable.push_back(
          fmt::format("{}: the folder cannot be read: {}", folder.string(), error.message()));
    }
    std::sort(names.begin(), names.end(), natural_less);
    return names;
  }

  void visit(const std::string& relative, const std::string& name) {
    if (matches_any(options_.exclude, relative)) return;
    if (!options_.hidden && is_hidden_name(name)) {
      ++tree_.hidden;
      return;
    }
    const fs::path path = root_ / relative;
    struct stat status;
    const bool found = ::stat(path.c_str(), &status) == 0;
    if (found && S_ISDIR(status.st_mode)) {
      if (options_.recursive) enter(relative, status);
      return;
    }
    if (!options_.include.empty() && !matches_any(options_.include, relative)) return;
    const bool is_file = !found || S_ISREG(status.st_mode);  // a broken link may point to one
    if (is_file && (has_image_extension(path) || (found && may_be_picture(path)))) {
      tree_.pictures.push_back(path.string());
    } else {
      ++tree_.skipped;
    }
  }

  /// True for unreadable files, so that they are reported and not silently skipped.
  static bool may_be_picture(const fs::path& file) {
    const auto head = head_of(file);
    return !head || is_image(*head);
  }

  const fs::path& root_;
  const TreeOptions& options_;
  std::set<FileId> entered_;
  PictureTree tree_;
};

}  // namespace

PictureTree walk_pictures(const fs::path& folder, const TreeOptions& options) {
  return Walk(folder, options).run();
}

bool has_image_extension(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::find(kImageExtensions.begin(), kImageExtensions.end(), extension) !=
         kImageExtensions.end();
}

bool begins_as_picture(const fs::path& file) {
  const auto head = head_of(file);
  return head && is_image(*head);
}

}  // namespace saccade
