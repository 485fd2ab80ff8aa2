// PNM, P1 to P6 (netpbm's pbm, pgm and ppm), as Pillow's PpmImagePlugin reads it. The file is
// rewritten for the codec as 8-bit P5 or P6, because OpenCV scales by maxval differently.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "vision/decode/format_reader.h"

namespace saccade {
namespace {

bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_line_end(uint8_t c) { return c == '\n' || c == '\r'; }

struct Pnm {
  char kind = '6';  ///< '1' to '6'
  int64_t width = 0, height = 0;
  uint32_t maxval = 1;
  uint64_t pixels_at = 0;

  bool bits() const { return kind == '1' || kind == '4'; }
  bool text() const { return kind <= '3'; }
  int channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
  uint64_t samples() const { return uint64_t(width) * uint64_t(height) * uint64_t(channels()); }
};

/// Decimal numbers separated by white space; comments run from # to the end of the line.
class Tokens {
 public:
  Tokens(ByteView file, uint64_t at) : file_(file), at_(at) {}

  uint64_t at() const { return at_; }

  /// Reads the next number and one character after it.
  uint32_t next_number() {
    constexpr int max_digits = 10;
    uint64_t value = 0;
    int digits = 0;
    while (at_ < file_.size() && digits <= max_digits) {
      const uint8_t c = file_.u8(at_++);
      if (c == '#') {
        skip_comment();
      } else if (is_space(c)) {
        if (digits > 0) break;
      } else if (c >= '0' && c <= '9') {
        value = value * 10 + (c - '0');
        ++digits;
      } else {
        throw ImageError("the PNM has a character other than a digit in its numbers");
      }
    }
    if (digits == 0) throw ImageError("the file is cut off");
    if (value > UINT32_MAX || digits > max_digits) throw ImageError("a PNM number is too large");
    return uint32_t(value);
  }

  /// Reads the next 0 or 1. In a plain bitmap (P1) they need no space between them.
  bool next_bit() {
    while (at_ < file_.size()) {
      const uint8_t c = file_.u8(at_++);
      if (c == '0' || c == '1') return c == '1';
      if (c == '#') {
        skip_comment();
      } else if (!is_space(c)) {
        throw ImageError("the PNM has a character other than 0 and 1 in its bits");
      }
    }
    throw ImageError("the file is cut off within the pixels");
  }

 private:
  void skip_comment() {
    while (at_ < file_.size() && !is_line_end(file_.u8(at_++))) {
    }
  }

  ByteView file_;
  uint64_t at_;
};

Pnm read_pnm(ByteView file) {
  Pnm pnm;
  pnm.kind = char(file.u8(1));
  Tokens tokens(file, 3);
  pnm.width = tokens.next_number();
  pnm.height = tokens.next_number();
  if (!pnm.bits()) {
    pnm.maxval = tokens.next_number();
    if (pnm.maxval == 0 || pnm.maxval > 65535) {
      throw ImageError(fmt::format("the PNM's maxval is {}; wanted 1 to 65535", pnm.maxval));
    }
  }
  pnm.pixels_at = tokens.at();
  return pnm;
}

/// Scales samples as Pillow's convert("RGB") does: 8-bit and colour samples to 0-255 (half to
/// even); grey of more than 8 bits to 0-65535, then clipped at 255.
class SampleScale {
 public:
  explicit SampleScale(const Pnm& pnm)
      : maxval_(pnm.maxval), top_(pnm.maxval > 255 && pnm.channels() == 1 ? 65535.0 : 255.0) {}

  std::byte operator()(uint32_t value) const {
    const double scaled = std::nearbyint(double(value) / maxval_ * top_);
    return std::byte(uint8_t(std::min(scaled, 255.0)));
  }

 private:
  double maxval_, top_;
};

void append_text_samples(ByteView file, const Pnm& pnm, std::vector<std::byte>& out) {
  Tokens tokens(file, pnm.pixels_at);
  const SampleScale scale(pnm);
  for (uint64_t i = 0; i < pnm.samples(); ++i) {
    if (pnm.bits()) {
      out.push_back(std::byte(tokens.next_bit() ? 0 : 255));
      continue;
    }
    const uint32_t value = tokens.next_number();
    if (value > pnm.maxval) {
      throw ImageError(fmt::format("sample {} is over the PNM's maxval {}", value, pnm.maxval));
    }
    out.push_back(scale(value));
  }
}

void append_bits(ByteView file, const Pnm& pnm, std::vector<std::byte>& out) {
  const uint64_t row_bytes = (uint64_t(pnm.width) + 7) / 8;
  const ByteView rows(file.slice(pnm.pixels_at, row_bytes * uint64_t(pnm.height)));
  for (uint64_t y = 0; y < uint64_t(pnm.height); ++y) {
    const auto row = rows.slice(y * row_bytes, row_bytes);
    for (size_t x = 0; x < size_t(pnm.width); ++x) {
      const bool black = (uint8_t(row[x / 8]) >> (7 - x % 8) & 1) != 0;
      out.push_back(std::byte(black ? 0 : 255));
    }
  }
}

void append_samples(ByteView file, const Pnm& pnm, std::vector<std::byte>& out) {
  const uint64_t size = pnm.maxval > 255 ? 2 : 1;
  const auto samples = file.slice(pnm.pixels_at, pnm.samples() * size);
  const SampleScale scale(pnm);
  if (pnm.maxval == 255) {
    out.insert(out.end(), samples.begin(), samples.end());
  } else if (size == 1) {
    for (const std::byte sample : samples) out.push_back(scale(uint32_t(sample)));
  } else {
    for (size_t i = 0; i < samples.size(); i += 2) {
      out.push_back(scale(uint32_t(samples[i]) << 8 | uint32_t(samples[i + 1])));
    }
  }
}

bool matches(ByteView head) {
  return head.has(0, 3) && head.u8(0) == 'P' && head.u8(1) >= '1' && head.u8(1) <= '6' &&
         std::isspace(head.u8(2));
}

ImageHeader read_header(ByteView file) {
  const Pnm pnm = read_pnm(file);
  return {.format = ImageFormat::pnm,
          .width = pnm.width,
          .height = pnm.height,
          .grey = pnm.channels() == 1};
}

CodecInput make_input(ByteView file, const ImageHeader&) {
  const Pnm pnm = read_pnm(file);
  // Check the smallest possible size before allocating memory for the pixels.
  const uint64_t least = pnm.kind == '4' ? pnm.samples() / 8 : pnm.samples();
  if (file.size() < least) throw ImageError("the file is cut off within the pixels");
  std::vector<std::byte> out;
  out.reserve(size_t(pnm.samples()) + 64);
  for (const char c :
       fmt::format("P{}\n{} {}\n255\n", pnm.channels() == 3 ? 6 : 5, pnm.width, pnm.height)) {
    out.push_back(std::byte(c));
  }
  if (pnm.text()) {
    append_text_samples(file, pnm, out);
  } else if (pnm.bits()) {
    append_bits(file, pnm, out);
  } else {
    append_samples(file, pnm, out);
  }
  return CodecInput(std::move(out));
}

}  // namespace

const FormatReader pnm_reader{ImageFormat::pnm, "PNM", matches, read_header, make_input};

}  // namespace saccade
