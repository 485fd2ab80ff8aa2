// libFuzzer target: everything that reads a picture file's bytes before a codec does. Seeds:
// tests/unit/vision/data/decode and data/wild.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "vision/decode/format_reader.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace saccade;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const ImageHeader header = read_image_header(bytes, "fuzz");
    if (!is_image(bytes) || header.orientation < 1 || header.orientation > 8) std::abort();
    constexpr int64_t max_pixels = 1 << 22;
    if (header.width * header.height > max_pixels || header.by_library) return 0;
    const CodecInput input = reader_of(header.format).make_codec_input(ByteView(bytes), header);
    // What the codec is given must say the same of itself.
    const ImageHeader again = read_image_header(input.bytes(), "again");
    const int64_t width = input.part() ? input.part()->width : header.width;
    const int64_t height = input.part() ? input.part()->height : header.height;
    if (again.width != width || again.height != height) std::abort();
    if (again.bit_depth != header.bit_depth && header.format != ImageFormat::pnm) std::abort();
  } catch (const ImageError&) {
  }
  return 0;
}
