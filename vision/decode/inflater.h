// Decompresses a zlib stream step by step.
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace saccade {

/// One zlib stream. Refers to the compressed bytes, which must outlive it.
class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> packed);
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Returns the next decompressed bytes, at most `limit`, which are valid until the next call.
  /// Returns none at the end of the stream and where the data are cut off or damaged.
  std::span<const std::byte> next(uint64_t limit);

  /// Returns whether the data are invalid, a wrong checksum included.
  bool damaged() const {
    return status_ != Z_OK && status_ != Z_STREAM_END && status_ != Z_BUF_ERROR;
  }

 private:
  z_stream stream_{};
  int status_ = Z_OK;
  std::array<std::byte, 1 << 16> buffer_;
};

}  // namespace saccade
