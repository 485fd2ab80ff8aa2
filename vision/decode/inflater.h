// zlib streams, decompressed step by step.
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace saccade {

/// One zlib stream over bytes that lie elsewhere.
class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> packed);
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// The next decompressed bytes, at most `limit`, valid until the next call; none at the end,
  /// where the data break off, and where they are damaged.
  std::span<const std::byte> next(uint64_t limit);

  /// Whether the data contradict themselves, a wrong checksum included.
  bool damaged() const {
    return status_ != Z_OK && status_ != Z_STREAM_END && status_ != Z_BUF_ERROR;
  }

 private:
  z_stream stream_{};
  int status_ = Z_OK;
  std::array<std::byte, 1 << 16> buffer_;
};

}  // namespace saccade
