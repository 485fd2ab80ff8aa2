#include "vision/decode/exif.h"

#include <cctype>
#include <optional>
#include <string_view>

#include "vision/decode/tiff_directory.h"

namespace saccade {
namespace {

constexpr uint16_t orientation_tag = 274;

std::optional<int> exif_orientation(ByteView exif) {
  using namespace std::string_view_literals;
  while (exif.matches(0, "Exif\0\0"sv)) exif = ByteView(exif.span().subspan(6));
  try {
    const TiffDirectory directory(exif);
    if (!directory.find(orientation_tag)) return std::nullopt;
    const auto value = directory.value(orientation_tag);
    return value && *value <= 8 ? int(*value) : 0;
  } catch (const ImageError&) {
    return std::nullopt;
  }
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
