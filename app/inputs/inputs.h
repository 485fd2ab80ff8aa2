// From the PATH arguments to the pictures they name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/inputs/picture_tree.h"

namespace saccade {

struct Inputs {
  std::vector<std::string> images;           ///< in the order given; whether they exist is open
  std::vector<std::filesystem::path> lists;  ///< the files that were read as lists
  size_t skipped = 0;                        ///< files in folders that are no pictures
  size_t unreadable = 0;                     ///< folders that could not be read
  std::string root = {};  ///< what precedes the names in the only folder; empty for several roots

  /// The picture's path relative to its root; with several roots, or none, the path as it is.
  std::string_view name(size_t image) const {
    return std::string_view(images[image]).substr(root.size());
  }
};

/// An argument is a picture, a folder (walk_pictures), "@FILE" (a list of pictures) or "-" (a list,
/// read from the descriptor `standard_input`). A list is text, one path a line, relative to the
/// current folder; CRLF line ends, empty lines and a byte order mark are tolerated, and a folder in
/// it is no picture. A picture whose own name begins with @ or is - can be given as ./@name.
/// Folders that cannot be read are told on standard error.
/// Throws UsageError where a list cannot be read, is no text, or no picture is named at all.
/// The last is no error where `may_be_none`.
Inputs expand_inputs(const std::vector<std::string>& arguments, int standard_input,
                     const TreeOptions& options = {}, bool may_be_none = false);

/// Throws UsageError where writing to `output` would overwrite one of the pictures or lists.
void refuse_to_overwrite_inputs(const std::filesystem::path& output, const Inputs& inputs);

/// Throws UsageError where it would overwrite one of these, any other picture, or weights.
void refuse_to_overwrite(const std::filesystem::path& output, const Inputs& inputs);

/// Throws UsageError where `output` is one of the files in the model's folder, or a link to one.
void refuse_to_overwrite_model(const std::filesystem::path& output,
                               const std::filesystem::path& model_folder);

}  // namespace saccade
