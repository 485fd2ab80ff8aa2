#include "weights/base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <fstream>

#include "weights/base/errors.h"

namespace saccade {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

void check(bool done) {
  if (!done) throw SystemError("OpenSSL cannot compute SHA-256; is its configuration damaged?");
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  check(state_->context && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::array<uint8_t, 32> Sha256::digest() {
  std::array<uint8_t, 32> digest{};
  check(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

std::array<uint8_t, 32> sha256(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.digest();
}

std::string hexadecimal(const std::array<uint8_t, 32>& digest) {
  std::string text;
  for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256_of_files(const std::vector<std::filesystem::path>& files) {
  Sha256 hash;
  std::string part(size_t{1} << 20, '\0');
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    while (stream) {
      stream.read(part.data(), static_cast<std::streamsize>(part.size()));
      hash.add(std::string_view(part).substr(0, static_cast<size_t>(stream.gcount())));
    }
    if (!stream.eof()) throw SystemError(file.string() + ": cannot be read to its end");
  }
  return hexadecimal(hash.digest());
}

}  // namespace saccade
