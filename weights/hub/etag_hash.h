// Whether a downloaded file is the one that the hub meant: its ETag is a hash of its bytes.
#pragma once

#include <filesystem>
#include <string>

namespace saccade {

/// True where the bytes of `file` have the hash `etag`: SHA-256 for 64 hexadecimal digits (a file
/// in LFS), git's SHA-1 of a blob for 40. Any other ETag is no hash and matches. Throws SystemError
/// where the file cannot be read.
bool matches_etag(const std::filesystem::path& file, const std::string& etag);

}  // namespace saccade
