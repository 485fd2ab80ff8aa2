// The first directory of a TIFF structure, which is a TIFF file or an EXIF block (TIFF 6.0, section
// 2; BigTIFF).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vision/decode/byte_view.h"

namespace saccade {

class TiffDirectory {
 public:
  struct Entry {
    uint16_t tag;
    uint16_t type;
    uint64_t count;
    uint64_t data_offset;  ///< offset of the values, inside the entry or elsewhere
    int value_size;        ///< bytes of one value; 0 for a type that is not an unsigned integer
    bool is_inline;        ///< the values are inside the entry
  };

  /// Reads the structure at the start of `bytes`. Throws ImageError if the header or the directory
  /// offset is invalid, or if there are more than 65,535 entries, as libtiff does. Of a directory
  /// that runs past the end, keeps the complete entries, as Pillow does.
  explicit TiffDirectory(ByteView bytes);

  const Entry* find(uint16_t tag) const;
  const std::vector<Entry>& entries() const { return entries_; }

  /// Returns an unsigned number of `count` bytes, in the structure's byte order. Throws ImageError
  /// past the end.
  uint64_t number(uint64_t offset, int count) const {
    return big_endian_ ? bytes_.big(offset, count) : bytes_.little(offset, count);
  }

  /// Returns all values of an unsigned integer tag, or the first `most` of them; none if the tag is
  /// absent or has another type. Throws ImageError if they lie past the end.
  std::vector<uint64_t> values(uint16_t tag, uint64_t most = kMostValues) const;

  /// Returns the value of a tag that has exactly one unsigned integer, else nullopt.
  std::optional<uint64_t> value(uint16_t tag) const;

  bool big_endian() const { return big_endian_; }
  bool complete() const { return complete_; }  ///< the whole directory lies within the bytes

 private:
  /// A palette of 16-bit indices has 3 * 65536; no other tag but those of strips has many.
  static constexpr uint64_t kMostValues = 1 << 18;

  void read_entries(uint64_t start, bool big_tiff);

  ByteView bytes_;
  bool big_endian_ = false;
  bool complete_ = false;
  std::vector<Entry> entries_;
};

}  // namespace saccade
