// Names of models on the hub: "org/name" or a legacy "name", optionally with "@revision".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace saccade {

struct HubName {
  std::string repo;               ///< "org/name" or "name"
  std::string revision = "main";  ///< a branch, a tag, a commit, or "refs/pr/1"
};

inline constexpr const char* kHubNameShape = "org/name or org/name@revision";

/// Parses a name by the rules of huggingface_hub's validate_repo_id; returns nullopt if it is
/// invalid. Both parts of a valid name are safe as relative paths.
std::optional<HubName> parse_hub_name(std::string_view text);

/// Returns whether `text` is a full commit hash: 40 lower-case hexadecimal digits.
bool is_commit(std::string_view text);

}  // namespace saccade
