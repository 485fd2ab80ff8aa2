#include "app/pipeline/decoding_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr uint64_t kHeadBytes = 1 << 16;     // holds the header of nearly every file
constexpr uint64_t kMostBytes = 1ull << 30;  // read_image reads no further

/// The header, if it is complete within the first `bytes` of the file.
std::optional<ImageHeader> header_in(const std::string& file, uint64_t bytes) {
  std::vector<char> head(bytes);
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(bytes));
  try {
    return read_image_header(std::as_bytes(std::span(head).first(static_cast<size_t>(in.gcount()))),
                             file);
  } catch (const ImageError&) {
    return std::nullopt;
  }
}

/// The buffers that exist at once for 8-bit samples: the codec's own (a progressive JPEG has four
/// 16-bit coefficients per pixel), the decoded picture, its rotated copy, and the rows between the
/// two passes of a resize. 16-bit samples are decoded at full depth and then narrowed. Formats with
/// a library of their own may hold four samples of 32 bits, and planes beside them.
uint64_t bytes_per_pixel(const ImageHeader& header) {
  const uint64_t decoding = header.by_library        ? 16 + 6 + 3
                            : header.bit_depth == 16 ? 8 + 6 + 3
                                                     : 8 + 3;
  return decoding + (header.orientation == 1 ? 0 : 3);
}

void check_limit(const std::string& file, uint64_t bytes, const MemoryBudget& budget) {
  if (bytes <= budget.limit()) return;
  constexpr uint64_t kMega = 1 << 20;
  throw ImageError(
      fmt::format("{}: decoding may need {} MiB, but {} are left for pictures; raise --max-memory",
                  file, bytes / kMega + 1, budget.limit() / kMega));
}

}  // namespace

uint64_t decoding_bytes(const std::string& file, uint64_t max_pixels, MemoryBudget& budget) {
  std::error_code error;
  const uint64_t found = std::filesystem::file_size(file, error);
  if (error) return 0;  // missing or not a file: the error comes when it is opened
  const uint64_t size = std::min(found, kMostBytes);
  const uint64_t reading = 2 * size;  // the file and, for some formats, a repaired copy
  check_limit(file, reading, budget);
  std::optional<ImageHeader> header = header_in(file, std::min(size, kHeadBytes));
  if (!header && size > kHeadBytes) {
    const MemoryBudget::Reservation share(budget, size);
    header = header_in(file, size);
  }
  if (!header) return reading;
  const uint64_t pixels =
      static_cast<uint64_t>(header->width) * static_cast<uint64_t>(header->height);
  if (pixels > max_pixels) return reading;
  const uint64_t bytes = reading + pixels * bytes_per_pixel(*header);
  check_limit(file, bytes, budget);
  return bytes;
}

}  // namespace saccade
