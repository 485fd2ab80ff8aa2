// Checks a downloaded file against its ETag, which on the hub is a hash of the file's bytes.
#pragma once

#include <filesystem>
#include <string>

namespace saccade {

/// Returns whether `text` is a SHA-256 or a SHA-1 in lower-case hexadecimal digits.
bool is_hash(const std::string& text);

/// Returns whether the bytes of `file` have the hash `etag`. 64 hexadecimal digits are a SHA-256 (a
/// file in LFS), 40 are the SHA-1 of a git blob; any other ETag is not a hash and matches. Throws
/// SystemError if the file cannot be read.
bool matches_etag(const std::filesystem::path& file, const std::string& etag);

}  // namespace saccade
