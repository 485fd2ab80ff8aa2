#include "weights/base/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"

namespace saccade {

namespace fs = std::filesystem;

struct Digest::State {
  const EVP_MD* algorithm;
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  explicit State(DigestAlgorithm which)
      : algorithm(which == DigestAlgorithm::sha1 ? EVP_sha1() : EVP_sha256()) {}
  ~State() { EVP_MD_CTX_free(context); }

  void check(bool succeeded) const {
    if (succeeded) return;
    throw SystemError(fmt::format("OpenSSL cannot compute {}; is its configuration damaged?",
                                  algorithm == EVP_sha1() ? "SHA-1" : "SHA-256"));
  }
};

Digest::Digest(DigestAlgorithm algorithm) : state_(std::make_unique<State>(algorithm)) {
  state_->check(state_->context &&
                EVP_DigestInit_ex(state_->context, state_->algorithm, nullptr) == 1);
}

Digest::~Digest() = default;

void Digest::add(std::string_view bytes) {
  state_->check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

void Digest::add_file(const fs::path& file) {
  std::string part(size_t{1} << 20, '\0');
  InputStream stream(file);
  while (stream) {
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    add(std::string_view(part).substr(0, static_cast<size_t>(stream.gcount())));
  }
  if (!stream.eof()) throw SystemError(file.string() + ": cannot be read to its end");
}

std::vector<uint8_t> Digest::finish() {
  std::vector<uint8_t> digest(static_cast<size_t>(EVP_MD_get_size(state_->algorithm)));
  state_->check(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

std::string hexadecimal(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::vector<uint8_t> sha256(std::string_view text) {
  Digest digest(DigestAlgorithm::sha256);
  digest.add(text);
  return digest.finish();
}

std::string sha256_of_files(const std::vector<fs::path>& files) {
  Digest digest(DigestAlgorithm::sha256);
  for (const fs::path& file : files) digest.add_file(file);
  return hexadecimal(digest.finish());
}

std::string git_blob_id(const fs::path& file) {
  Digest digest(DigestAlgorithm::sha1);
  const std::string header = fmt::format("blob {}", fs::file_size(file));
  digest.add({header.c_str(), header.size() + 1});  // git hashes the closing NUL as well
  digest.add_file(file);
  return hexadecimal(digest.finish());
}

}  // namespace saccade
