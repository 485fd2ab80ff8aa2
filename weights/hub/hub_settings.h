// Where models of the hub come from and lie: the environment variables of huggingface_hub 2.4
// (constants.py, utils/_auth.py), read as it reads them.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace saccade {

struct HubSettings {
  std::filesystem::path cache;  ///< HF_HUB_CACHE > HUGGINGFACE_HUB_CACHE > HF_HOME/hub
  std::string endpoint = "https://huggingface.co";  ///< HF_ENDPOINT, without a slash at its end
  std::optional<std::string> token;  ///< HF_TOKEN, HUGGING_FACE_HUB_TOKEN or the token's file
  bool offline = false;              ///< HF_HUB_OFFLINE, else TRANSFORMERS_OFFLINE
  bool symlinks = true;              ///< HF_HUB_DISABLE_SYMLINKS
  bool progress = true;              ///< HF_HUB_DISABLE_PROGRESS_BARS
  std::chrono::seconds answer_timeout{10};    ///< HF_HUB_ETAG_TIMEOUT: for what a file is
  std::chrono::seconds download_timeout{10};  ///< HF_HUB_DOWNLOAD_TIMEOUT: without a byte of it
  /// Before the first new try; it doubles with each. Not in the environment.
  std::chrono::milliseconds first_wait{1000};
};

/// The value of a variable; nullptr where it is not set.
using EnvironmentLookup = std::function<const char*(const char*)>;

/// From the process's environment, or what `variable` stands for it. A variable that is set to
/// nothing is as good as none. Throws UsageError where a value cannot be meant, and SystemError
/// where the token's file cannot be read.
HubSettings hub_settings();
HubSettings hub_settings(const EnvironmentLookup& variable);

}  // namespace saccade
