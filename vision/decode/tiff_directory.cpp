#include "vision/decode/tiff_directory.h"

#include <fmt/format.h>

#include <algorithm>

namespace saccade {
namespace {

/// Returns the size of a value of a field type in bytes, or 0 for the types that Pillow skips.
uint64_t type_size(uint16_t type) {
  constexpr uint64_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
  return type < std::size(sizes) ? sizes[type] : 0;
}

bool is_unsigned_integer(uint16_t type) {
  return type == 1 || type == 3 || type == 4 || type == 13 || type == 16;
}

}  // namespace

TiffDirectory::TiffDirectory(ByteView bytes) : bytes_(bytes) {
  if (!bytes.matches(0, "II") && !bytes.matches(0, "MM")) throw ImageError("not a TIFF structure");
  big_endian_ = bytes.u8(0) == 'M';
  const uint64_t version = number(2, 2);
  if (version == 42) {
    read_entries(number(4, 4));
  } else if (version == 43 && number(4, 2) == 8) {
    big_tiff_ = true;
    read_entries(number(8, 8));
  } else {
    throw ImageError("not a TIFF structure");
  }
}

// As Pillow's ImageFileDirectory_v2.load: skips entries of unknown types, without values, and whose
// values would make more bytes than the structure; stops at one that lies past the end.
void TiffDirectory::read_entries(uint64_t start) {
  const int field = big_tiff_ ? 8 : 4;  // bytes of a count, an offset and a value field
  const int prefix = big_tiff_ ? 8 : 2;
  if (!bytes_.has(start, uint64_t(prefix))) throw ImageError("the file is cut off");
  const uint64_t count = number(start, prefix);
  if (count > UINT16_MAX) throw ImageError(fmt::format("a TIFF directory of {} entries", count));
  const uint64_t entry_size = uint64_t(4 + 2 * field);
  uint64_t at = start + uint64_t(prefix), outside = 0;
  for (uint64_t i = 0; i < count; ++i, at += entry_size) {
    if (!bytes_.has(at, entry_size)) {
      cut_ = Cut::entries;
      return;
    }
    const uint16_t type = uint16_t(number(at + 2, 2));
    const uint64_t size = type_size(type);
    Entry entry{uint16_t(number(at, 2)),  type,      number(at + 4, field),
                at + 4 + uint64_t(field), int(size), is_unsigned_integer(type)};
    if (size == 0 || entry.count == 0) continue;
    if (entry.count > uint64_t(field) / size) {
      entry.data_offset = number(entry.data_offset, field);
      const bool huge = outside > bytes_.size() || entry.count > bytes_.size() / size;
      outside = huge ? UINT64_MAX : outside + entry.count * size;
      if (outside > bytes_.size()) continue;
      if (!bytes_.has(entry.data_offset, entry.count * size)) {
        cut_ = Cut::values;
        return;
      }
    }
    entries_.push_back(entry);
  }
}

const TiffDirectory::Entry* TiffDirectory::find(uint16_t tag) const {
  for (const Entry& entry : entries_) {
    if (entry.tag == tag) return &entry;
  }
  return nullptr;
}

std::vector<uint64_t> TiffDirectory::values(uint16_t tag, uint64_t most) const {
  const Entry* entry = find(tag);
  if (!entry || !entry->is_unsigned) return {};
  std::vector<uint64_t> values(size_t(std::min(entry->count, most)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = number(entry->data_offset + i * size_t(entry->value_size), entry->value_size);
  }
  return values;
}

std::optional<uint64_t> TiffDirectory::value(uint16_t tag) const {
  const Entry* entry = find(tag);
  if (!entry || !entry->is_unsigned || entry->count != 1) return std::nullopt;
  return values(tag).front();
}

}  // namespace saccade
