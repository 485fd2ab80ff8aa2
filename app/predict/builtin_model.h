// The model that comes with the program.
#pragma once

#include <filesystem>

namespace saccade {

inline constexpr const char* kBuiltinModelName = "built-in";

/// The folder share/saccade/models/cifar10 next to the folder of `executable`, in the build tree as
/// in the install tree. Throws ModelError if it does not exist.
std::filesystem::path builtin_model(const std::filesystem::path& executable);

/// The path of the running program.
std::filesystem::path this_executable();

}  // namespace saccade
