#include "app/pipeline/decoding_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr uint64_t kHeadBytes = 1 << 16;  // holds the header of nearly every file

/// The header, if it is complete within the first `bytes` of the file.
std::optional<ImageHeader> header_in(const ImageFile& file, uint64_t bytes) {
  const std::vector<std::byte> head = file.head(bytes);
  try {
    return read_image_header(head, file.name());
  } catch (const ImageError&) {
    return std::nullopt;
  }
}

void check_limit(const std::string& file, uint64_t bytes, const MemoryBudget& budget) {
  if (bytes <= budget.limit()) return;
  constexpr uint64_t kMega = 1 << 20;
  throw ImageError(
      fmt::format("{}: decoding may need {} MiB, but {} are left for pictures; raise --max-memory",
                  file, bytes / kMega + 1, budget.limit() / kMega));
}

}  // namespace

uint64_t decoding_bytes(const ImageFile& file, uint64_t max_pixels, MemoryBudget& budget) {
  const uint64_t size = file.size();
  const uint64_t reading = 2 * size;  // the file and, for some formats, a repaired copy
  check_limit(file.name(), reading, budget);
  std::optional<ImageHeader> header = header_in(file, std::min(size, kHeadBytes));
  if (!header && size > kHeadBytes) {
    const MemoryBudget::Reservation share(budget, size);
    header = header_in(file, size);
  }
  if (!header) return reading;
  if (counted_pixels(*header) > max_pixels) return reading;
  const uint64_t bytes = decoding_memory(*header, size);
  check_limit(file.name(), bytes, budget);
  return bytes;
}

}  // namespace saccade
