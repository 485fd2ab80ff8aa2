// Pictures that somebody has sorted into classes: a folder a class, or a list.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

struct LabelledSet {
  std::vector<std::string> images;   ///< paths
  std::vector<size_t> class_of;      ///< of images[i]: its place in `classes`
  std::vector<std::string> classes;  ///< as folders or the list call them, each once
  /// The list's column that holds the classes, "class", "index", "label" or "synset"; empty for a
  /// folder.
  std::string column;
  std::vector<std::string> folders;     ///< of a folder: all in it, those without pictures too
  std::vector<std::string> unreadable;  ///< a line for each folder that could not be read
  size_t outside = 0;                   ///< pictures that lie in none of the classes' folders
  size_t skipped = 0;                   ///< files that are no pictures
};

/// A sub-folder a class, in natural order; what lies deeper belongs to the class above. Throws
/// UsageError where there is no sub-folder with a picture.
LabelledSet read_labelled_folder(const std::filesystem::path& folder);

/// A list of tab-separated values under a header: `file`, and one of `class`, `index`, `label` and
/// `synset`; paths begin at `root`. Throws UsageError, which names the line, for a list of another
/// kind, a row without file or class, or a file that is named twice; SystemError where it cannot be
/// read.
LabelledSet read_labelled_list(const std::filesystem::path& list,
                               const std::filesystem::path& root);

}  // namespace saccade
