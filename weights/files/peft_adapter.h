// Adapters of the library PEFT, which are no models.
#pragma once

#include <filesystem>
#include <string>

namespace saccade {

inline constexpr const char* kAdapterConfigFile = "adapter_config.json";

/// Throws ModelError, which names the adapter's base model and the way out, if the folder has an
/// adapter_config.json. Weights beside it, if any, are those that the adapter changes. `name` is
/// the model's in the error; if it is empty, the file's path.
void refuse_adapter(const std::filesystem::path& folder, const std::string& name = "");

}  // namespace saccade
