// HEIF and HEIC (ISO/IEC 23008-12) by libheif: the primary picture, turned and cropped as the
// container says. As in pillow-heif, the orientation in EXIF is therefore ignored. libheif turns
// and crops, except pictures of over 8 bits that are mirrored, which its version 1.15 refuses.
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <optional>

#include "vision/decode/codec_library.h"
#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/heif_turn.h"
#include "vision/decode/hevc_size.h"
#include "vision/decode/paired_chroma.h"
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
  decltype(&heif_image_handle_get_ispe_width) stored_width;
  decltype(&heif_image_handle_get_ispe_height) stored_height;
  decltype(&heif_image_handle_get_nclx_color_profile) colour;
  decltype(&heif_nclx_color_profile_free) colour_free;
  decltype(&heif_get_version_number_major) major;
  decltype(&heif_get_version_number_minor) minor;
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
    find(f.stored_width, "heif_image_handle_get_ispe_width");
    find(f.stored_height, "heif_image_handle_get_ispe_height");
    find(f.colour, "heif_image_handle_get_nclx_color_profile");
    find(f.colour_free, "heif_nclx_color_profile_free");
    find(f.major, "heif_get_version_number_major");
    find(f.minor, "heif_get_version_number_minor");
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

/// Returns the rows of a part of a channel, and sets `stride`. Throws ImageError if the channel is
/// absent or does not hold the part.
const uint8_t* heif_rows(const HeifImage& image, heif_channel channel, const CanvasPart& part,
                         int64_t pixel_bytes, int& stride) {
  const uint8_t* rows = libheif().plane(image.get(), channel, &stride);
  const int64_t right = part.x + part.width, bottom = part.y + part.height;
  if (!rows || libheif().width(image.get(), channel) < right ||
      libheif().height(image.get(), channel) < bottom || stride < right * pixel_bytes) {
    throw ImageError("the HEIF picture is not of the size that its header says");
  }
  return rows + part.y * stride + part.x * pixel_bytes;
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
  int64_t stored_width() const { return libheif().stored_width(handle_.get()); }
  int64_t stored_height() const { return libheif().stored_height(handle_.get()); }

  /// Returns the matrix that the container names, else BT.601 of full range.
  YcbcrMatrix matrix() const {
    constexpr YcbcrMatrix usual{0.299, 0.114, true};
    heif_color_profile_nclx* colour = nullptr;
    const bool known = libheif().colour(handle_.get(), &colour).code == heif_error_Ok;
    if (!colour) return usual;
    const int coefficients = colour->matrix_coefficients;
    libheif().colour_free(colour);  // it is there after an error, too
    return (known ? find_ycbcr_matrix(coefficients, true) : std::nullopt).value_or(usual);
  }

  int depth() const { return libheif().handle_depth(handle_.get()); }

  /// Decodes to R,G,B or planes, cropped and turned unless `as_stored`.
  HeifImage decode(heif_colorspace space, heif_chroma chroma, bool as_stored = false) const {
    const std::unique_ptr<heif_decoding_options, decltype(&heif_decoding_options_free)> options(
        libheif().options_alloc(), libheif().options_free);
    if (!options) throw ImageError("out of memory");
    options->convert_hdr_to_8bit = space == heif_colorspace_RGB;
    options->ignore_transformations = as_stored;
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

/// Chroma formats of HEVC (ISO/IEC 23008-2, table 6-1).
enum HevcChroma : uint8_t { halved_both_ways = 1, halved_width = 2 };

/// Returns whether a picture in the file has this chroma, by its HEVC configuration (ISO/IEC
/// 14496-15, 8.3.3.1).
bool has_chroma(ByteView file, HevcChroma chroma) {
  const std::string_view bytes = file.text(0, file.size());
  for (size_t at = bytes.find("hvcC"); at != bytes.npos; at = bytes.find("hvcC", at + 4)) {
    if (file.has(at + 20, 1) && (file.u8(at + 20) & 3) == chroma) return true;
  }
  return false;
}

/// Returns how to crop and turn the picture here: a mirrored one of over 8 bits.
std::optional<HeifTurn> turn_to_make_here(const HeifPicture& picture, ByteView file) {
  if (picture.depth() <= 8) return std::nullopt;
  const auto turn = find_heif_turn(file, picture.stored_width(), picture.stored_height());
  return turn && is_mirrored(turn->orientation) ? turn : std::nullopt;
}

/// Returns whether libheif repeated the halved chroma of rows that it turned to columns. Since
/// version 1.19 it interpolates them, though it repeats those of other pictures.
bool has_paired_rows(const HeifPicture& picture, ByteView file) {
  const bool interpolates = libheif().major() > 1 || libheif().minor() >= 19;
  if (interpolates || !has_chroma(file, halved_width)) return false;
  const auto turn = find_heif_turn(file, picture.stored_width(), picture.stored_height());
  return turn && turn->orientation >= 5 && turn->part.width % 2 == 0;
}

ImageHeader read_heif_header(ByteView file) {
  const CodecSilence silence;
  const HeifPicture picture(file);
  // libheif decodes up to four tiles at a time.
  constexpr uint64_t tiles = 4, coded_pixel = 8, pixel = 28, working = 16 << 20;
  const uint64_t coded = largest_hevc_picture(file);
  const uint64_t pixels = uint64_t(picture.width()) * uint64_t(picture.height());
  ImageHeader header{.format = ImageFormat::heif,
                     .width = picture.width(),
                     .height = picture.height(),
                     .by_library = true,
                     .coded_pixels = coded,
                     .codec_bytes = pixels * pixel + tiles * coded * coded_pixel + working};
  if (const auto turn = turn_to_make_here(picture, file)) {
    header.width = turn->part.width, header.height = turn->part.height;
    header.orientation = turn->orientation;
  }
  return header;
}

/// The picture that a decoded image holds, or a part of it.
CanvasPart part_of(const ImageHeader& header, const std::optional<HeifTurn>& turn) {
  return turn ? turn->part : CanvasPart{0, 0, header.width, header.height};
}

/// Copies a part of a channel of over 8 bits, of which it keeps the high 8.
SamplePlane high_bits_of(const HeifImage& image, heif_channel channel, const CanvasPart& part) {
  int stride = 0;
  const uint8_t* rows = heif_rows(image, channel, part, 2, stride);
  const int shift = libheif().depth(image.get(), channel) - 8;
  if (shift < 1 || shift > 8) throw ImageError("the HEIF picture has an unknown depth");
  SamplePlane plane{part.width, part.height, {}};
  for (int64_t y = 0; y < part.height; ++y) {
    const uint8_t* row = rows + y * stride;
    for (int64_t x = 0; x < part.width; ++x) {
      plane.samples.push_back(uint8_t((row[2 * x] | row[2 * x + 1] << 8) >> shift));
    }
  }
  return plane;
}

/// Deep pictures with halved chroma: libheif 1.23 narrows the samples before it makes R,G,B of
/// them, older ones after that. `planes` are Y'CbCr of BT.601, full range, chroma repeated.
void decode_deep_heif(const HeifImage& planes, const CanvasPart& part, std::span<uint8_t> rgb) {
  const YcbcrPicture narrow{high_bits_of(planes, heif_channel_Y, part),
                            high_bits_of(planes, heif_channel_Cb, part),
                            high_bits_of(planes, heif_channel_Cr, part)};
  ycbcr_to_rgb(narrow, {0.299, 0.114, true}, rgb);
}

void decode_heif(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  const HeifPicture picture(file);
  const auto turn = turn_to_make_here(picture, file);
  const CanvasPart part = part_of(header, turn);
  if (picture.depth() > 8 && has_chroma(file, halved_both_ways)) {
    decode_deep_heif(picture.decode(heif_colorspace_YCbCr, heif_chroma_444, turn.has_value()), part,
                     rgb);
    return;
  }
  const HeifImage image =
      picture.decode(heif_colorspace_RGB, heif_chroma_interleaved_RGB, turn.has_value());
  int stride = 0;
  const uint8_t* rows = heif_rows(image, heif_channel_interleaved, part, 3, stride);
  const int64_t row_bytes = header.width * 3;
  for (int64_t y = 0; y < header.height; ++y) {
    std::memcpy(&rgb[size_t(y * row_bytes)], rows + y * stride, size_t(row_bytes));
  }
  if (!turn && has_paired_rows(picture, file)) {
    interpolate_paired_rows(rgb, header.width, picture.matrix());
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
