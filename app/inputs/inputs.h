// Expands the PATH arguments to a list of pictures.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/inputs/list_text.h"
#include "app/inputs/picture_tree.h"

namespace saccade {

struct Inputs {
  std::vector<std::string> images;           ///< in the order given; they may not exist
  std::vector<std::filesystem::path> lists;  ///< files that were read as lists
  size_t skipped = 0;                        ///< files in folders that are not pictures
  size_t hidden = 0;                         ///< hidden files and folders that were passed over
  size_t backslashed = 0;                    ///< paths of lists whose backslashes became slashes
  size_t unreadable = 0;                     ///< folders that could not be read
  std::vector<std::string> folders = {};     ///< that were walked
  std::string root = {};  ///< the folder, with a slash, if it is the only argument; else empty

  /// The picture's path relative to `root`.
  std::string_view name(size_t image) const {
    return std::string_view(images[image]).substr(root.size());
  }
};

struct InputOptions {
  TreeOptions tree = {};
  ListSeparator separator = ListSeparator::line;  ///< of the paths in lists
  bool may_be_none = false;                       ///< there need not be any picture
};

/// An argument is a picture, a folder (see walk_pictures), "@FILE" (a list of pictures) or "-" (a
/// list read from the descriptor `standard_input`). A list is text (see list_entries) with paths
/// relative to the current folder; folders in it are expanded. A path that has backslashes and
/// names no file gets slashes if it then names one. Write a picture named "@name" or "-" as ./@name
/// or ./-. Prints an error for each folder that cannot be read. Throws UsageError if a list cannot
/// be read, is not text or has an absolute path of Windows, or if there is no picture at all and
/// not `may_be_none`.
Inputs expand_inputs(const std::vector<std::string>& arguments, int standard_input,
                     const InputOptions& options = {});

/// Prints a note if hidden files were passed over, and one if backslashes became slashes.
void print_input_notes(const Inputs& inputs);

/// The first of these notes.
void print_hidden_note(size_t hidden);

/// Throws UsageError if writing to `output` would overwrite one of the pictures or lists.
void refuse_to_overwrite_inputs(const std::filesystem::path& output, const Inputs& inputs);

/// Throws UsageError if it would overwrite one of these, another picture, or weights.
void refuse_to_overwrite(const std::filesystem::path& output, const Inputs& inputs);

/// Throws UsageError if `output` is one of the files in the model's folder, or a link to one.
void refuse_to_overwrite_model(const std::filesystem::path& output,
                               const std::filesystem::path& model_folder);

}  // namespace saccade
