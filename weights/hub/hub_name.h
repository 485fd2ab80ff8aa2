// What the hub calls a model: "org/name", an old "name" alone, each with "@revision" or without.
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

/// `text` as a name of the hub; nullopt where it can be none. The rules are those of
/// huggingface_hub's validate_repo_id, so neither part is ever a path that leads elsewhere.
std::optional<HubName> parse_hub_name(std::string_view text);

/// Whether `text` is a commit's full name: 40 hexadecimal digits in lower case.
bool is_commit(std::string_view text);

}  // namespace saccade
