// What the option -o FILE may name, and when an existing file may be replaced.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "app/cli/command_line.h"
#include "app/system/descriptor.h"
#include "app/system/output_folder.h"

namespace saccade {

/// Whether the first bytes of a file are those of one that this command has written.
using Recogniser = std::function<bool(std::string_view head)>;

OptionSpec overwrite_option();

/// Throws UsageError if `file` is a link, or a file that is neither empty nor recognised, unless
/// `overwrite` is set. Devices, pipes and standard output, also through links as /dev/stdout, are
/// written to and not replaced, so they are not refused.
void refuse_foreign_file(const std::filesystem::path& file, bool overwrite,
                         const Recogniser& is_ours);

/// Opens a device, a pipe or standard output by its path; nullopt if `file` is none of these, but
/// to be made or replaced. Throws SystemError if it cannot be opened.
std::optional<Descriptor> open_stream(const std::filesystem::path& file);

/// Opens the folder of `file`, to make it there. Throws SystemError if there is none, or a folder
/// has the file's name.
OutputFolder folder_of_output(const std::filesystem::path& file);

}  // namespace saccade
