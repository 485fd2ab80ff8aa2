// Progressive JPEGs of many scans: a small file that takes long to decode.
#pragma once

#include <cstdint>
#include <string>

namespace saccade::test {

namespace slow_jpeg_detail {

inline std::string big(uint64_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes) & 0xFF);
  return text;
}

inline std::string segment(char marker, const std::string& content) {
  return std::string("\xff") + marker + big(content.size() + 2, 2) + content;
}

/// A Huffman table of one symbol, whose code is the bit 0.
inline std::string table(int kind, int symbol) {
  return segment('\xc4', big(static_cast<uint64_t>(kind), 1) + big(1, 1) + std::string(15, '\0') +
                             big(static_cast<uint64_t>(symbol), 1));
}

inline std::string scan(int first, int last) {
  return segment('\xda', big(1, 1) + big(1, 1) + big(0, 1) + big(static_cast<uint64_t>(first), 1) +
                             big(static_cast<uint64_t>(last), 1) + big(0, 1));
}

}  // namespace slow_jpeg_detail

/// A grey picture, black or nearly, with `scans` scans: one for the means of the blocks, the others
/// for detail that is 0. Sides are multiples of 8.
inline std::string slow_jpeg(uint64_t width, uint64_t height, int scans) {
  using namespace slow_jpeg_detail;
  const uint64_t blocks = width / 8 * (height / 8);
  std::string jpeg = "\xff\xd8" + segment('\xdb', big(0, 1) + std::string(64, '\1')) +
                     segment('\xc2', big(8, 1) + big(height, 2) + big(width, 2) + big(1, 1) +
                                         big(1, 1) + big(0x11, 1) + big(0, 1)) +
                     table(0x00, 0) + scan(0, 0) + std::string(blocks / 8 + 1, '\0');
  // The symbol 0xE0 and 14 bits: that many and 16384 blocks have no detail.
  constexpr uint64_t run = 16384;
  std::string detail = table(0x10, 0xE0) + scan(1, 63);
  const uint64_t runs = (blocks + run - 1) / run;
  detail += std::string((15 * runs + 7) / 8, '\0');
  for (int i = 1; i < scans; ++i) jpeg += detail;
  return jpeg + "\xff\xd9";
}

}  // namespace saccade::test
