// The model that comes with the program.
#pragma once

#include <filesystem>

namespace saccade {

inline constexpr const char* kBuiltinModelName = "built-in";

/// The best score that 95 % of the right answers reach, of 5,000 held-out pictures
/// (weights/builtin-model/README.md).
inline constexpr float kBuiltinModelUnsureBelow = 0.1857F;

/// The folder share/saccade/models/tiny-imagenet next to the folder of `executable`, in the
/// build tree as in the install tree. Throws ModelError if it does not exist.
std::filesystem::path builtin_model(const std::filesystem::path& executable);

/// The path of the running program.
std::filesystem::path this_executable();

}  // namespace saccade
