#include "weights/hub/etag_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include "weights/base/errors.h"
#include "weights/base/sha256.h"
#include "weights/hub/hub_name.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// What `git hash-object FILE` prints.
std::string git_hash_of(const fs::path& file) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  bool done = context && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1;
  const auto add = [&](std::string_view bytes) {
    done = done && EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1;
  };
  const std::string head = fmt::format("blob {}", fs::file_size(file));
  add({head.c_str(), head.size() + 1});  // with the zero at its end
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> part(size_t{1} << 20);
  while (stream) {
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    add({part.data(), static_cast<size_t>(stream.gcount())});
  }
  if (!stream.eof()) throw SystemError(file.string() + ": cannot be read to its end");
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  done = done && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!done) throw SystemError("OpenSSL cannot compute SHA-1; is its configuration damaged?");
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

bool is_sha256(const std::string& etag) {
  return etag.size() == 64 && etag.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool matches_etag(const fs::path& file, const std::string& etag) {
  if (is_sha256(etag)) return sha256_of_files({file}) == etag;
  return !is_commit(etag) || git_hash_of(file) == etag;
}

}  // namespace saccade
