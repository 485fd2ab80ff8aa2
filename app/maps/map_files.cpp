#include "app/maps/map_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// For each of `names`, the number of different `files` that it stands for.
std::map<fs::path, size_t> uses(const std::vector<fs::path>& names,
                                const std::vector<fs::path>& files) {
  std::map<fs::path, std::set<fs::path>> users;
  for (size_t i = 0; i < names.size(); ++i) users[names[i]].insert(files[i]);
  std::map<fs::path, size_t> counts;
  for (const auto& [name, its] : users) counts[name] = its.size();
  return counts;
}

/// The deepest folder that contains all `files`, which are absolute paths.
fs::path common_folder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const fs::path& file : files) {
    const fs::path folder = file.parent_path();
    const auto differ = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end());
    fs::path shared;
    for (auto part = common.begin(); part != differ.first; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

}  // namespace

std::vector<fs::path> output_stems(const std::vector<std::string>& images) {
  std::vector<fs::path> files;
  std::vector<fs::path> stems;
  for (const std::string& image : images) {
    files.push_back((fs::current_path() / image).lexically_normal());
    stems.push_back(files.back().stem());
  }
  const fs::path common = common_folder(files);
  // A name with its extension can equal another stem (a.png, a.jpg, a.png.jpg), so repeat.
  for (const bool mirrored : {false, true, true}) {
    const auto counts = uses(stems, files);
    for (size_t i = 0; i < stems.size(); ++i) {
      if (counts.at(stems[i]) == 1) continue;
      const fs::path folder = files[i].parent_path().lexically_relative(common);
      stems[i] = (folder / (mirrored ? files[i].filename() : stems[i])).lexically_normal();
    }
  }
  return stems;
}

MapFiles::MapFiles(const fs::path& folder, const Inputs& inputs, const fs::path& model_folder)
    : folder_(folder), images_(inputs.images), stems_(output_stems(inputs.images)) {
  if (::faccessat(folder_.handle(), ".", W_OK | X_OK, 0) != 0) {
    throw SystemError(fmt::format("{}: cannot write files there: {}; choose another folder with -o",
                                  folder.string(), std::generic_category().message(errno)));
  }
  for (const std::string& image : inputs.images) protect(image);
  for (const fs::path& list : inputs.lists) protect(list);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(model_folder, ignored)) protect(entry.path());
}

void MapFiles::protect(const fs::path& file) {
  struct stat status;
  if (::stat(file.c_str(), &status) == 0) protected_.emplace(status.st_dev, status.st_ino);
}

fs::path MapFiles::file(size_t image, std::string_view ending) const {
  fs::path name = stems_[image];
  name += ending;
  const std::string file = path_of(name);
  struct stat status;
  if (::stat(file.c_str(), &status) == 0 && protected_.contains({status.st_dev, status.st_ino})) {
    throw ImageError(
        fmt::format("{}: its map would overwrite {}, which is a picture, a list or "
                    "part of the model; choose another folder with -o",
                    images_[image], file));
  }
  return name;
}

std::string MapFiles::path_of(const fs::path& name) const {
  return (folder_.path() / name).lexically_normal().string();
}

}  // namespace saccade
