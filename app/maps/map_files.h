// Names the output files of a run, and protects its inputs from being overwritten.
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
#include "app/system/output_folder.h"

namespace saccade {

/// A unique stem for the output files of each picture, relative to the output folder: the picture's
/// name without its extension. Pictures with equal stems are prefixed with their sub-folders, seen
/// from the common folder of all pictures; if these are equal too, they keep their extensions.
std::vector<std::filesystem::path> output_stems(const std::vector<std::string>& images);

class MapFiles {
 public:
  /// Creates `folder` if it is missing. Throws SystemError if it is not writable.
  MapFiles(const std::filesystem::path& folder, const Inputs& inputs,
           const std::filesystem::path& model_folder);

  /// The name, in the folder, of an output of the picture inputs.images[image]: its stem and
  /// `ending`. Throws ImageError if this file is a picture or a list of the run or part of the
  /// model, by whatever path.
  std::filesystem::path file(size_t image, std::string_view ending) const;

  /// Writes a file that file() has named. Returns its path. Throws SystemError if it cannot be
  /// written.
  template <typename Bytes>
  std::string write(const std::filesystem::path& name, const Bytes& bytes) const {
    folder_.write(name, bytes);
    return path_of(name);
  }
  std::string path_of(const std::filesystem::path& name) const;
  const OutputFolder& folder() const { return folder_; }

 private:
  using FileId = std::pair<dev_t, ino_t>;
  void protect(const std::filesystem::path& file);

  OutputFolder folder_;
  std::vector<std::string> images_;
  std::vector<std::filesystem::path> stems_;
  std::set<FileId> protected_;
};

}  // namespace saccade
