// From a folder to the pictures in it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

/// What of a folder counts. Globs are those of fnmatch(3), matched against the path relative to the
/// folder that was given; * and ? match slashes too.
struct TreeOptions {
  bool recursive = true;
  std::vector<std::string> include;  ///< where there are any, a file must match one
  std::vector<std::string> exclude;  ///< a file or folder that matches one is left out
  std::vector<std::filesystem::path>
      excluded_folders;  ///< folders that are not entered, however they are named
};

struct PictureTree {
  std::vector<std::string> pictures;    ///< paths, each beginning with the folder as given
  std::vector<std::string> unreadable;  ///< a line for each folder that could not be read
  size_t skipped = 0;                   ///< files that are no pictures
};

/// The pictures in `folder`, in natural order, sub-folders standing among the files. A picture is a
/// regular file with an image's extension or an image's first bytes, or one that cannot be read, or
/// a broken link with such an extension. Links are followed; a folder that was already entered, by
/// a loop of links or otherwise, is not entered again. Pipes, sockets and devices count as skipped;
/// the globs' victims do not.
PictureTree walk_pictures(const std::filesystem::path& folder, const TreeOptions& options);

/// Whether the name's extension is that of an image, in any case; also of formats that can only be
/// refused, such as .heic.
bool has_image_extension(const std::filesystem::path& file);

/// Whether the file can be read and its first bytes are those of a picture.
bool begins_as_picture(const std::filesystem::path& file);

}  // namespace saccade
