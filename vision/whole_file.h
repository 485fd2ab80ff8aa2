// Writing a file, whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saccade {

/// Gives `file` these bytes; one of that name is replaced.
///
/// They go to a new file beside it, which then takes the name: whoever looks at `file` sees the old
/// one or the whole new one, also where the program is ended midway. Throws SystemError, which
/// names the file, where they cannot be written; nothing is left behind then.
void write_whole_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace saccade
