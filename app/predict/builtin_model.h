// The model that comes with the program.
#pragma once

#include <filesystem>

namespace saccade {

inline constexpr const char* kBuiltinModelName = "built-in";

/// share/saccade/models/cifar10 beside the folder of `executable`: build trees are laid out as
/// installed trees are. Throws ModelError where it is not there.
std::filesystem::path builtin_model(const std::filesystem::path& executable);

/// The running program's own file.
std::filesystem::path this_executable();

}  // namespace saccade
