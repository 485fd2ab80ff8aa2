// Names that people do not see in their file manager.
#pragma once

#include <string_view>

namespace saccade {

/// Whether a file or folder of this name is hidden: it begins with a dot (.DS_Store, ._cat.jpg,
/// .ipynb_checkpoints), or systems leave it beside pictures (__MACOSX, @eaDir, Thumbs.db,
/// desktop.ini,
/// ...), in upper or lower case.
bool is_hidden_name(std::string_view name);

}  // namespace saccade
