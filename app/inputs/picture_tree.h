// Finds the pictures in a folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

/// Which files of a folder are used. Globs are those of fnmatch(3), matched against the path
/// relative to the given folder; * and ? also match slashes.
struct TreeOptions {
  bool recursive = true;
  bool hidden = false;               ///< take hidden files and folders too (see is_hidden_name)
  std::vector<std::string> include;  ///< if there are any, a file must match one
  std::vector<std::string> exclude;  ///< a file or folder that matches one is ignored
  /// Not entered, by whatever path, except as the given folder itself.
  std::vector<std::filesystem::path> excluded_folders;
};

struct PictureTree {
  std::vector<std::string> pictures;    ///< paths, each beginning with the folder as given
  std::vector<std::string> unreadable;  ///< a line for each folder that could not be read
  size_t skipped = 0;                   ///< files that are not pictures
  size_t hidden = 0;                    ///< hidden files and folders that were passed over
};

/// The pictures in `folder`, in natural order, with sub-folders sorted among the files. A picture
/// is a regular file that has an image's extension or first bytes or cannot be read, or a broken
/// link with an image's extension. Links are followed; no folder is entered twice, so loops of
/// links end. Pipes, sockets and devices count as skipped; files that the globs exclude do not.
/// Hidden files and folders are passed over, but `folder` itself may be hidden.
PictureTree walk_pictures(const std::filesystem::path& folder, const TreeOptions& options);

/// Whether the name has an image's extension, in upper or lower case. Includes formats that this
/// build may lack, such as .heic, and .jxl.
bool has_image_extension(const std::filesystem::path& file);

/// Whether the file can be read and has the first bytes of a picture.
bool begins_as_picture(const std::filesystem::path& file);

}  // namespace saccade
