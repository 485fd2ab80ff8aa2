// SHA-256 and SHA-1 (FIPS 180-4), computed by OpenSSL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

enum class DigestAlgorithm { sha1, sha256 };

/// A digest of bytes that arrive in pieces. Every function throws SystemError if OpenSSL fails.
class Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void add(std::string_view bytes);
  /// Adds the contents of `file`. Throws SystemError if it cannot be read to its end.
  void add_file(const std::filesystem::path& file);

  /// Returns the digest of everything added: 20 bytes for SHA-1, 32 for SHA-256. Call it last.
  std::vector<uint8_t> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the bytes in lower-case hexadecimal digits, as sha256sum prints a digest.
std::string hexadecimal(std::span<const uint8_t> bytes);

/// Returns the SHA-256 of `text`.
std::vector<uint8_t> sha256(std::string_view text);

/// Returns the SHA-256 of the concatenated contents of `files`, in hexadecimal digits. Throws
/// SystemError if a file cannot be read.
std::string sha256_of_files(const std::vector<std::filesystem::path>& files);

/// Returns what `git hash-object FILE` prints: the SHA-1 of a header and the file's contents.
/// Throws SystemError if the file cannot be read.
std::string git_blob_id(const std::filesystem::path& file);

}  // namespace saccade
