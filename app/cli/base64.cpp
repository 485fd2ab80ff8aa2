#include "app/cli/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>

namespace saccade {
namespace {

const unsigned char* octets(const void* data) { return static_cast<const unsigned char*>(data); }
unsigned char* octets(char* data) { return reinterpret_cast<unsigned char*>(data); }

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  constexpr size_t kChunk = 3 << 20;  // OpenSSL counts in int; a multiple of 3 needs no padding
  std::string text(base64_size(bytes.size()), '\0');
  char* end = text.data();
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kChunk);
    end += EVP_EncodeBlock(octets(end), octets(bytes.data()), static_cast<int>(count));
    bytes = bytes.subspan(count);
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty()) return "";
  if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(octets(bytes.data()), octets(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  // OpenSSL counts padding as zero bytes and skips whitespace at both ends.
  const size_t padding = text.size() - 1 - text.find_last_not_of('=');
  if (padding > 2) return std::nullopt;
  bytes.resize(static_cast<size_t>(size) - std::min(padding, static_cast<size_t>(size)));
  if (base64(std::as_bytes(std::span(bytes))) != text) return std::nullopt;
  return bytes;
}

}  // namespace saccade
