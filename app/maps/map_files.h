// Where the files of a run go, and what they must not overwrite.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/inputs/inputs.h"

namespace saccade {

/// What stands for each picture in names of files, relative to the folder that holds them: its name
/// without the ending. Pictures that share this have their sub-folders before it, as seen from the
/// folder that holds all pictures; those that share the sub-folder too keep their endings.
std::vector<std::filesystem::path> output_stems(const std::vector<std::string>& images);

class MapFiles {
 public:
  /// Makes `folder` where it is missing. Throws SystemError where it cannot be written to.
  MapFiles(const std::filesystem::path& folder, const Inputs& inputs,
           const std::filesystem::path& model_folder);

  /// The file of a picture, by its place among the inputs, with `ending` after its stem. Throws
  /// ImageError where this is a picture or a list of the run, or part of the model, by whatever
  /// name; SystemError where a sub-folder cannot be made.
  std::filesystem::path file(size_t image, std::string_view ending) const;

 private:
  using FileId = std::pair<dev_t, ino_t>;
  void protect(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::vector<std::string> images_;
  std::vector<std::filesystem::path> stems_;
  std::set<FileId> protected_;
};

}  // namespace saccade
