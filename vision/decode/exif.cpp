#include "vision/decode/exif.h"

#include <bit>
#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>

#include "vision/decode/tiff_directory.h"

namespace saccade {
namespace {

constexpr uint16_t orientation_tag = 274;

double exif_ratio(double above, double below) { return below == 0 ? 0 : above / below; }

/// Returns the number at `at`, or 0 for a type of text or bytes. Pillow compares the number with
/// 2 to 8, and 6.0 equals 6.
double exif_number(const TiffDirectory& exif, uint16_t type, uint64_t at) {
  switch (type) {
    case 3:
      return double(exif.number(at, 2));
    case 4:
    case 13:
      return double(exif.number(at, 4));
    case 5:
      return exif_ratio(double(exif.number(at, 4)), double(exif.number(at + 4, 4)));
    case 6:
      return int8_t(exif.number(at, 1));
    case 8:
      return int16_t(exif.number(at, 2));
    case 9:
      return int32_t(exif.number(at, 4));
    case 10:
      return exif_ratio(int32_t(exif.number(at, 4)), int32_t(exif.number(at + 4, 4)));
    case 11:
      return std::bit_cast<float>(uint32_t(exif.number(at, 4)));
    case 12:
      return std::bit_cast<double>(exif.number(at, 8));
    case 16:
      return double(exif.number(at, 8));
    default:
      return 0;
  }
}

int orientation_of(double value) {
  const bool valid = value >= 1 && value <= 8 && value == std::floor(value);
  return valid ? int(value) : 0;
}

/// Of several values the first counts.
std::optional<int> exif_orientation(ByteView exif) {
  using namespace std::string_view_literals;
  while (exif.matches(0, "Exif\0\0"sv)) exif = ByteView(exif.span().subspan(6));
  try {
    const TiffDirectory directory(exif);
    if (const auto* entry = directory.find(orientation_tag)) {
      return orientation_of(exif_number(directory, entry->type, entry->data_offset));
    }
  } catch (const ImageError&) {
  }
  return std::nullopt;
}

std::optional<int> xmp_orientation(std::string_view xmp) {
  constexpr std::string_view key = "tiff:Orientation";
  for (size_t at = xmp.find(key); at != xmp.npos; at = xmp.find(key, at + 1)) {
    std::string_view rest = xmp.substr(at + key.size());
    if (rest.starts_with("=\"")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with(">")) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (!rest.empty() && std::isdigit(uint8_t(rest[0]))) return rest[0] - '0';
  }
  return std::nullopt;
}

}  // namespace

int find_orientation(std::span<const std::byte> exif, std::span<const std::byte> xmp) {
  if (const auto value = exif_orientation(ByteView(exif))) return *value;
  return xmp_orientation({reinterpret_cast<const char*>(xmp.data()), xmp.size()}).value_or(1);
}

}  // namespace saccade
