#include "app/predict/builtin_model.h"

#include <fmt/format.h>

#include <system_error>

#include "weights/base/errors.h"

namespace saccade {

namespace fs = std::filesystem;

fs::path builtin_model(const fs::path& executable) {
  const fs::path folder =
      executable.parent_path().parent_path() / "share" / "saccade" / "models" / "tiny-imagenet";
  if (std::error_code ignored; !fs::exists(folder, ignored)) {
    throw ModelError(fmt::format(
        "{}: the built-in model is missing; run 'cmake --install', or give a model with -m",
        folder.string()));
  }
  return folder;
}

fs::path this_executable() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    throw SystemError(
        fmt::format("/proc/self/exe: cannot find the path of the program: {}; give a model with -m",
                    error.message()));
  }
  return executable;
}

}  // namespace saccade
