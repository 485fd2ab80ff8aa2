#include "vision/decode/tiff_repair.h"

namespace saccade {
namespace {

/// Appends numbers in the byte order and with the widths of a TIFF structure.
class TiffNumbers {
 public:
  TiffNumbers(const TiffDirectory& like, ByteView start)
      : bytes(start.span().begin(), start.span().end()),
        big_endian_(like.big_endian()),
        big_tiff_(like.big_tiff()) {}

  std::vector<std::byte> bytes;

  int field() const { return big_tiff_ ? 8 : 4; }  ///< bytes of a count or an offset
  int prefix() const { return big_tiff_ ? 8 : 2; }
  uint16_t type() const { return big_tiff_ ? 16 : 4; }  ///< that of a number of field() bytes
  uint64_t end() const { return bytes.size(); }
  void append(uint64_t value, int count) {
    bytes.resize(bytes.size() + size_t(count));
    put(end() - uint64_t(count), value, count);
  }
  void put(uint64_t at, uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      const int place = big_endian_ ? count - 1 - i : i;
      bytes[size_t(at) + size_t(place)] = std::byte(value >> (8 * i) & 0xFF);
    }
  }

 private:
  bool big_endian_, big_tiff_;
};

}  // namespace

std::vector<std::byte> with_new_directory(ByteView file, const TiffDirectory& directory,
                                          const std::map<uint16_t, std::vector<uint64_t>>& tags) {
  TiffNumbers out(directory, file);
  std::map<uint16_t, TiffDirectory::Entry> entries;
  for (const TiffDirectory::Entry& entry : directory.entries()) {
    entries.try_emplace(entry.tag, entry);
  }
  for (const auto& [tag, values] : tags) {
    entries[tag] = {tag, out.type(), values.size(), out.end(), out.field(), true};
    for (const uint64_t value : values) out.append(value, out.field());
  }
  if (out.end() % 2 != 0) out.append(0, 1);
  out.put(directory.big_tiff() ? 8 : 4, out.end(), out.field());
  out.append(entries.size(), out.prefix());
  for (const auto& [tag, entry] : entries) {
    const uint64_t size = entry.count * uint64_t(entry.value_size);
    out.append(tag, 2);
    out.append(entry.type, 2);
    out.append(entry.count, out.field());
    if (size > uint64_t(out.field())) {
      out.append(entry.data_offset, out.field());
    } else {
      for (int i = 0; i < out.field(); ++i) {
        out.bytes.push_back(uint64_t(i) < size ? out.bytes[size_t(entry.data_offset) + size_t(i)]
                                               : std::byte{});
      }
    }
  }
  out.append(0, out.field());
  return std::move(out.bytes);
}

}  // namespace saccade
