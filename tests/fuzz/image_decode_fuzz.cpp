// libFuzzer target: formats that are decoded by a library of their own, from the file to the
// pixels. SACCADE_FUZZ_FORMAT=GIF (AVIF, HEIF, "JPEG 2000", TIFF) leaves the others out. Seeds:
// data/wild.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace saccade;
  static const char* const only = std::getenv("SACCADE_FUZZ_FORMAT");
  const auto bytes = std::as_bytes(std::span(data, size));
  const ImageFormat format = sniff_image(bytes);
  if (format == ImageFormat::unknown || !reader_of(format).decode) return 0;
  if (only && reader_of(format).name != std::string_view(only)) return 0;
  const CodecSilence silence;
  try {
    const ImageHeader header = read_image_header(bytes, "fuzz");
    constexpr int64_t max_pixels = 1 << 20;
    if (!header.by_library || header.width * header.height > max_pixels) return 0;
    std::vector<uint8_t> rgb(size_t(header.width * header.height * 3));
    reader_of(header.format).decode(ByteView(bytes), header, rgb);
  } catch (const ImageError&) {
  }
  return 0;
}
