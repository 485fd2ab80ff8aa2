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
    int value_size;        ///< bytes of one value
    bool is_unsigned;      ///< the values are unsigned integers
  };

  /// What the end of the bytes cut off.
  enum class Cut { nothing, entries, values };

  /// Reads the structure at the start of `bytes`. Throws ImageError if the header or the directory
  /// offset is invalid, or if there are more than 65,535 entries, as libtiff does. Keeps what
  /// Pillow keeps: of a directory that is cut off, the entries before the first one that is not
  /// complete, or whose values are not. Values of entries() lie within the bytes.
  explicit TiffDirectory(ByteView bytes);

  const Entry* find(uint16_t tag) const;
  const std::vector<Entry>& entries() const { return entries_; }

  /// Returns an unsigned number of `count` bytes, in the structure's byte order. Throws ImageError
  /// past the end.
  uint64_t number(uint64_t offset, int count) const {
    return big_endian_ ? bytes_.big(offset, count) : bytes_.little(offset, count);
  }

  /// Returns all values of an unsigned integer tag, or the first `most` of them; none if the tag is
  /// absent or has another type.
  std::vector<uint64_t> values(uint16_t tag, uint64_t most = kMostValues) const;

  /// Returns the value of a tag that has exactly one unsigned integer, else nullopt.
  std::optional<uint64_t> value(uint16_t tag) const;

  bool big_endian() const { return big_endian_; }
  bool big_tiff() const { return big_tiff_; }
  Cut cut() const { return cut_; }

 private:
  /// A palette of 16-bit indices has 3 * 65536; no other tag but those of strips has many.
  static constexpr uint64_t kMostValues = 1 << 18;

  void read_entries(uint64_t start);

  ByteView bytes_;
  bool big_endian_ = false;
  bool big_tiff_ = false;
  Cut cut_ = Cut::nothing;
  std::vector<Entry> entries_;
};

}  // namespace saccade
