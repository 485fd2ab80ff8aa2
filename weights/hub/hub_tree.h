// The hub's list of the files of a commit, with their hashes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace saccade {

/// What the tree API says of a file.
struct TreeFile {
  std::string hash;   ///< of large files (LFS) the SHA-256, of others the SHA-1 of the git blob
  uint64_t size = 0;  ///< in bytes
};

/// The files at the top of a commit, by name.
using HubTree = std::map<std::string, TreeFile, std::less<>>;

/// Parses the answer to /api/models/REPO/tree/COMMIT. Leaves out entries that have no hash or are
/// otherwise not as expected; the result is empty if `json` is not such an answer.
HubTree parse_hub_tree(std::string_view json);

}  // namespace saccade
