// Settings of the hub and its cache, read from the environment variables of huggingface_hub 2.4 by
// its rules (constants.py, utils/_auth.py).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace saccade {

struct HubSettings {
  std::filesystem::path cache;  ///< HF_HUB_CACHE > HUGGINGFACE_HUB_CACHE > HF_HOME/hub
  std::string endpoint = "https://huggingface.co";  ///< HF_ENDPOINT without trailing slashes
  std::optional<std::string> token;  ///< HF_TOKEN, HUGGING_FACE_HUB_TOKEN or the token's file
  bool offline = false;              ///< HF_HUB_OFFLINE, else TRANSFORMERS_OFFLINE
  bool symlinks = true;              ///< HF_HUB_DISABLE_SYMLINKS
  bool progress = true;              ///< HF_HUB_DISABLE_PROGRESS_BARS
  std::chrono::seconds answer_timeout{10};    ///< HF_HUB_ETAG_TIMEOUT, for a HEAD
  std::chrono::seconds download_timeout{10};  ///< HF_HUB_DOWNLOAD_TIMEOUT, without a byte
  /// Wait before the first retry; doubles with each. Has no environment variable.
  std::chrono::milliseconds first_wait{1000};
};

/// Returns the value of a variable; nullptr if it is not set.
using EnvironmentLookup = std::function<const char*(const char*)>;

/// Reads the settings from the process's environment or from `variable`. An empty variable counts
/// as not set. Throws UsageError if a value is invalid, and SystemError if the token file cannot be
/// read.
HubSettings hub_settings();
HubSettings hub_settings(const EnvironmentLookup& variable);

}  // namespace saccade
