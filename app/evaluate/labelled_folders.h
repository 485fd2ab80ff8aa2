// Reads pictures with known classes from a folder with one sub-folder per class, or from a list.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/inputs/tsv_reader.h"

namespace saccade {

struct LabelledSet {
  std::vector<std::string> images;   ///< paths
  std::vector<size_t> class_of;      ///< of images[i]: index in `classes`
  std::vector<std::string> classes;  ///< as spelled by the folders or the list, each once
  /// The list's column with the classes: "class", "index", "label" or "synset"; empty for a folder.
  std::string column;
  /// All sub-folders, including those without pictures; empty for a list.
  std::vector<std::string> folders;
  std::vector<std::string> unreadable;  ///< one line for each folder that could not be read
  size_t outside = 0;                   ///< number of pictures in none of the class folders
  size_t skipped = 0;                   ///< number of files that are not pictures
  size_t hidden = 0;                    ///< number of hidden files and folders passed over
};

/// Reads a folder with one sub-folder per class, in natural order; deeper folders belong to the
/// class above. Hidden files and folders are passed over unless `hidden`. Throws UsageError if no
/// sub-folder has a picture.
LabelledSet read_labelled_folder(const std::filesystem::path& folder, bool hidden = false);

/// The column of a list that gives the classes: "class", "index", "label" or "synset". Throws
/// UsageError if there is none, or more than one, or no column "file".
std::string_view class_column(const TsvReader& row);

/// Reads tab-separated values with a header that names `file` and one of `class`, `index`, `label`
/// and `synset`; paths are relative to `root` (see local_path for backslashes). Throws UsageError,
/// naming the line, if a column is missing, a row has no file or class, or a file is listed twice;
/// SystemError if the list cannot be read.
LabelledSet read_labelled_list(const std::filesystem::path& list,
                               const std::filesystem::path& root);

}  // namespace saccade
