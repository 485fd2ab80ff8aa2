#include "app/evaluate/labelled_folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/inputs/hidden_name.h"
#include "app/inputs/list_text.h"
#include "app/inputs/natural_order.h"
#include "app/inputs/picture_tree.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kClassColumns{"class", "index", "label", "synset"};

/// Builds a LabelledSet, adding classes as they occur.
class SetBuilder {
 public:
  void add(std::string image, const std::string& name) {
    const auto [place, added] = places_.try_emplace(name, set.classes.size());
    if (added) set.classes.push_back(name);
    set.images.push_back(std::move(image));
    set.class_of.push_back(place->second);
  }

  LabelledSet set;

 private:
  std::map<std::string, size_t> places_;
};

std::vector<std::string> folders_in(const fs::path& folder, bool hidden) {
  std::vector<std::string> names;
  std::error_code error;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!hidden && is_hidden_name(name)) continue;
    if (fs::is_directory(entry->path(), ignored)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

}  // namespace

std::string_view class_column(const TsvReader& row) {
  std::string_view found;
  for (const std::string_view column : kClassColumns) {
    if (!row.has(column)) continue;
    if (!found.empty()) {
      row.refuse(fmt::format("columns '{}' and '{}' both give the class; remove or rename one",
                             found, column));
    }
    found = column;
  }
  if (!row.has("file") || found.empty()) {
    row.refuse(
        fmt::format("no column '{}'; the header must name file and one of {}, separated by tabs",
                    row.has("file") ? "class" : "file", fmt::join(kClassColumns, ", ")));
  }
  return found;
}

LabelledSet read_labelled_folder(const fs::path& folder, bool hidden) {
  TreeOptions options;
  options.hidden = hidden;
  PictureTree tree = walk_pictures(folder, options);
  const size_t root_length = (folder / "").string().size();
  SetBuilder builder;
  LabelledSet& set = builder.set;
  for (std::string& picture : tree.pictures) {
    const std::string_view name = std::string_view(picture).substr(root_length);
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) {
      ++set.outside;
    } else {
      const std::string class_name(name.substr(0, slash));
      builder.add(std::move(picture), class_name);
    }
  }
  set.folders = folders_in(folder, hidden);
  set.unreadable = std::move(tree.unreadable);
  set.skipped = tree.skipped;
  set.hidden = tree.hidden;
  if (set.images.empty()) {
    throw UsageError(fmt::format(
        "{}: {}; evaluate needs one sub-folder per class with its pictures, or a list of files and "
        "classes",
        folder.string(),
        set.outside > 0 ? "its pictures are in no sub-folder, so their classes are unknown"
                        : "no picture found in the folder"));
  }
  return std::move(set);
}

LabelledSet read_labelled_list(const fs::path& list, const fs::path& root) {
  TsvReader row(list);
  const std::string column(class_column(row));
  SetBuilder builder;
  std::map<std::string, size_t> lines;
  while (row.next()) {
    const std::string file(row.text("file"));
    const std::string name(row.text(column));
    if (file.empty() || name.empty()) {
      row.refuse(fmt::format("no {}; each row needs both", file.empty() ? "file" : column));
    }
    const auto [earlier, added] = lines.try_emplace(file, row.line());
    if (!added) {
      row.refuse(fmt::format("{} is listed twice, first in line {}; leave one out", quote(file),
                             earlier->second));
    }
    std::string path = local_path((root / file).string());
    std::error_code ignored;
    if (is_windows_path(file) && !fs::exists(path, ignored)) {
      row.refuse(fmt::format("{} {}", quote(file), kWindowsPathRemedy));
    }
    builder.add(std::move(path), name);
  }
  builder.set.column = column;
  if (builder.set.images.empty()) throw UsageError(list.string() + ": lists no picture");
  return std::move(builder.set);
}

}  // namespace saccade
