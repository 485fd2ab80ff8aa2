// HEIF and HEIC (ISO/IEC 23008-12) by libheif: the primary picture, which libheif turns and crops
// as the container says. As in pillow-heif, the orientation in EXIF is therefore ignored.
#include <fmt/format.h>

#include <cstring>
#include <memory>

#include "vision/decode/codec_library.h"
#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/hevc_size.h"
#include "vision/decode/ycbcr.h"

#ifdef SACCADE_HAVE_HEIF
#include <libheif/heif.h>
#endif

namespace saccade {
namespace {

bool is_heif(ByteView head) {
  if (!head.matches(4, "ftyp")) return false;
  constexpr std::string_view brands[] = {"heic", "heix", "heim", "heis", "hevc", "hevx",
                                         "hevm", "hevs", "mif1", "mif2", "msf1", "miaf"};
  for (const std::string_view brand : brands) {
    if (head.matches(8, brand)) return true;
  }
  return false;
}

#ifdef SACCADE_HAVE_HEIF

struct Libheif {
  decltype(&heif_context_alloc) context_alloc;
  decltype(&heif_context_free) context_free;
  decltype(&heif_context_read_from_memory_without_copy) read_from_memory;
  decltype(&heif_context_get_primary_image_handle) primary_image;
  decltype(&heif_image_handle_release) handle_release;
  decltype(&heif_image_handle_get_width) handle_width;
  decltype(&heif_image_handle_get_height) handle_height;
  decltype(&heif_decoding_options_alloc) options_alloc;
  decltype(&heif_decoding_options_free) options_free;
  decltype(&heif_decode_image) decode;
  decltype(&heif_image_get_plane_readonly) plane;
  decltype(&heif_image_get_width) width;
  decltype(&heif_image_get_height) height;
  decltype(&heif_image_handle_get_luma_bits_per_pixel) handle_depth;
  decltype(&heif_image_get_bits_per_pixel_range) depth;
  decltype(&heif_image_release) image_release;
};

const Libheif& libheif() {
  static const Libheif functions = [] {
    const CodecLibrary library(libheif_codec);
    Libheif f{};
    const auto find = [&library]<typename Function>(Function*& to, const char* name) {
      to = library.function<Function>(name);
    };
    find(f.context_alloc, "heif_context_alloc");
    find(f.context_free, "heif_context_free");
    find(f.read_from_memory, "heif_context_read_from_memory_without_copy");
    find(f.primary_image, "heif_context_get_primary_image_handle");
    find(f.handle_release, "heif_image_handle_release");
    find(f.handle_width, "heif_image_handle_get_width");
    find(f.handle_height, "heif_image_handle_get_height");
    find(f.options_alloc, "heif_decoding_options_alloc");
    find(f.options_free, "heif_decoding_options_free");
    find(f.decode, "heif_decode_image");
    find(f.plane, "heif_image_get_plane_readonly");
    find(f.width, "heif_image_get_width");
    find(f.height, "heif_image_get_height");
    find(f.handle_depth, "heif_image_handle_get_luma_bits_per_pixel");
    find(f.depth, "heif_image_get_bits_per_pixel_range");
    find(f.image_release, "heif_image_release");
    return f;
  }();
  return functions;
}

void check_heif(const heif_error& error) {
  if (error.code == heif_error_Ok) return;
  const std::string_view reason = error.message ? error.message : "unknown error";
  throw ImageError(
      fmt::format("the HEIF file is damaged, or of a kind that cannot be read ({})", reason));
}

struct HeifImageRelease {
  void operator()(const heif_image* image) const { libheif().image_release(image); }
};
using HeifImage = std::unique_ptr<heif_image, HeifImageRelease>;

/// Returns the rows of a channel, `row_bytes` or more each, and sets `stride`. Throws ImageError if
/// the channel is absent or has another size than the header.
const uint8_t* heif_rows(const HeifImage& image, heif_channel channel, const ImageHeader& header,
                         int64_t row_bytes, int& stride) {
  const uint8_t* rows = libheif().plane(image.get(), channel, &stride);
  if (!rows || libheif().width(image.get(), channel) != header.width ||
      libheif().height(image.get(), channel) != header.height || stride < row_bytes) {
    throw ImageError("the HEIF picture is not of the size that its header says");
  }
  return rows;
}

/// The primary picture of a file in memory, not yet decoded.
class HeifPicture {
 public:
  explicit HeifPicture(ByteView file)
      : context_(libheif().context_alloc(), libheif().context_free) {
    if (!context_) throw ImageError("out of memory");
    check_heif(libheif().read_from_memory(context_.get(), file.span().data(), size_t(file.size()),
                                          nullptr));
    heif_image_handle* handle = nullptr;
    check_heif(libheif().primary_image(context_.get(), &handle));
    handle_.reset(handle);
  }

  int64_t width() const { return libheif().handle_width(handle_.get()); }
  int64_t height() const { return libheif().handle_height(handle_.get()); }

  int depth() const { return libheif().handle_depth(handle_.get()); }

  HeifImage decode(heif_colorspace space, heif_chroma chroma) const {
    const std::unique_ptr<heif_decoding_options, decltype(&heif_decoding_options_free)> options(
        libheif().options_alloc(), libheif().options_free);
    if (!options) throw ImageError("out of memory");
    options->convert_hdr_to_8bit = space == heif_colorspace_RGB;
    heif_image* decoded = nullptr;
    check_heif(libheif().decode(handle_.get(), &decoded, space, chroma, options.get()));
    return HeifImage(decoded);
  }

 private:
  std::unique_ptr<heif_context, decltype(&heif_context_free)> context_;
  struct Release {
    void operator()(const heif_image_handle* handle) const { libheif().handle_release(handle); }
  };
  std::unique_ptr<heif_image_handle, Release> handle_;
};

ImageHeader read_heif_header(ByteView file) {
  const CodecSilence silence;
  const HeifPicture picture(file);
  // libheif decodes up to four tiles at a time.
  constexpr uint64_t tiles = 4, coded_pixel = 8, pixel = 28, working = 16 << 20;
  const uint64_t coded = largest_hevc_picture(file);
  const uint64_t pixels = uint64_t(picture.width()) * uint64_t(picture.height());
  return {.format = ImageFormat::heif,
          .width = picture.width(),
          .height = picture.height(),
          .by_library = true,
          .coded_pixels = coded,
          .codec_bytes = pixels * pixel + tiles * coded * coded_pixel + working};
}

/// Returns whether a picture in the file has chroma of half the width and height: chroma format 1
/// in its HEVC configuration (ISO/IEC 14496-15, 8.3.3.1).
bool has_halved_chroma(ByteView file) {
  const std::string_view bytes = file.text(0, file.size());
  for (size_t at = bytes.find("hvcC"); at != bytes.npos; at = bytes.find("hvcC", at + 4)) {
    if (file.has(at + 20, 1) && (file.u8(at + 20) & 3) == 1) return true;
  }
  return false;
}

/// Copies a channel of over 8 bits, of which it keeps the high 8.
SamplePlane high_bits_of(const HeifImage& image, heif_channel channel, const ImageHeader& header) {
  int stride = 0;
  const uint8_t* rows = heif_rows(image, channel, header, header.width * 2, stride);
  const int shift = libheif().depth(image.get(), channel) - 8;
  if (shift < 1 || shift > 8) throw ImageError("the HEIF picture has an unknown depth");
  SamplePlane plane{header.width, header.height, {}};
  for (int64_t y = 0; y < header.height; ++y) {
    const uint8_t* row = rows + y * stride;
    for (int64_t x = 0; x < header.width; ++x) {
      plane.samples.push_back(uint8_t((row[2 * x] | row[2 * x + 1] << 8) >> shift));
    }
  }
  return plane;
}

/// Deep pictures with halved chroma: libheif 1.23 narrows the samples before it makes R,G,B of
/// them, older ones after that. `planes` are Y'CbCr of BT.601, full range, chroma repeated.
void decode_deep_heif(const HeifPicture& picture, const ImageHeader& header,
                      std::span<uint8_t> rgb) {
  const HeifImage planes = picture.decode(heif_colorspace_YCbCr, heif_chroma_444);
  const YcbcrPicture narrow{high_bits_of(planes, heif_channel_Y, header),
                            high_bits_of(planes, heif_channel_Cb, header),
                            high_bits_of(planes, heif_channel_Cr, header)};
  ycbcr_to_rgb(narrow, {0.299, 0.114, true}, rgb);
}

void decode_heif(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  const HeifPicture picture(file);
  if (picture.depth() > 8 && has_halved_chroma(file)) {
    decode_deep_heif(picture, header, rgb);
    return;
  }
  const HeifImage image = picture.decode(heif_colorspace_RGB, heif_chroma_interleaved_RGB);
  int stride = 0;
  const int64_t row_bytes = header.width * 3;
  const uint8_t* rows = heif_rows(image, heif_channel_interleaved, header, row_bytes, stride);
  for (int64_t y = 0; y < header.height; ++y) {
    std::memcpy(&rgb[size_t(y * row_bytes)], rows + y * stride, size_t(row_bytes));
  }
}

#else

ImageHeader read_heif_header(ByteView) {
  const CodecLibrary missing(libheif_codec);
  return {};
}

void decode_heif(ByteView, const ImageHeader&, std::span<uint8_t>) {
  const CodecLibrary missing(libheif_codec);
}

#endif

}  // namespace

const FormatReader heif_reader{ImageFormat::heif, "HEIF",  is_heif,
                               read_heif_header,  nullptr, decode_heif};

}  // namespace saccade
