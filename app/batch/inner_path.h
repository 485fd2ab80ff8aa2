// Paths of a run's files that are named after pictures.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "app/system/output_folder.h"

namespace saccade {

/// Converts a picture's name to a path that stays within a folder: a leading slash becomes _root,
/// ".." becomes _up, and components that look like either get one more _. Different names stay
/// different.
std::filesystem::path inner_path(std::string_view name);

/// The path of a file for the picture `name`: `part`/inner_path(`name`)`ending`. If `folder` cannot
/// hold a file of that name, or `must_be_utf8` and it is not, the SHA-256 of the name in
/// `part`/_other. Creates the sub-folders.
std::filesystem::path picture_path(const OutputFolder& folder, const std::filesystem::path& part,
                                   const std::string& name, const std::string& ending,
                                   bool must_be_utf8);

}  // namespace saccade
