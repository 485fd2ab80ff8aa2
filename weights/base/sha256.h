// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Of everything that was added; nothing may be added afterwards.
  std::array<uint8_t, 32> digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The digest of `text`.
std::array<uint8_t, 32> sha256(std::string_view text);

/// As sha256sum prints it.
std::string hexadecimal(const std::array<uint8_t, 32>& digest);

/// Of the contents of `files`, one after the other. Throws SystemError where one cannot be read.
std::string sha256_of_files(const std::vector<std::filesystem::path>& files);

}  // namespace saccade
