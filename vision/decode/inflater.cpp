#include "vision/decode/inflater.h"

#include <algorithm>

#include "weights/base/errors.h"

namespace saccade {

Inflater::Inflater(std::span<const std::byte> packed) {
  if (packed.size() > UINT32_MAX) throw ImageError("over 4 GiB of compressed data");
  if (inflateInit(&stream_) != Z_OK) throw ImageError("out of memory");
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream_.avail_in = uInt(packed.size());
}

std::span<const std::byte> Inflater::next(uint64_t limit) {
  if (status_ != Z_OK) return {};
  const size_t room = size_t(std::min<uint64_t>(limit, buffer_.size()));
  stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_out = uInt(room);
  status_ = inflate(&stream_, Z_NO_FLUSH);
  return std::span(buffer_).first(room - stream_.avail_out);
}

}  // namespace saccade
