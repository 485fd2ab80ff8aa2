// HEIF and HEIC (ISO/IEC 23008-12) by libheif: the primary picture, which libheif turns and crops
// as the container says. As in pillow-heif, the orientation in EXIF is therefore ignored.
#include <fmt/format.h>

#include <cstring>
#include <memory>

#include "vision/decode/codec_library.h"
#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"

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

  void decode(int64_t width, int64_t height, std::span<uint8_t> rgb) const {
    const std::unique_ptr<heif_decoding_options, decltype(&heif_decoding_options_free)> options(
        libheif().options_alloc(), libheif().options_free);
    if (!options) throw ImageError("out of memory");
    options->convert_hdr_to_8bit = 1;
    heif_image* decoded = nullptr;
    check_heif(libheif().decode(handle_.get(), &decoded, heif_colorspace_RGB,
                                heif_chroma_interleaved_RGB, options.get()));
    const std::unique_ptr<heif_image, decltype(&heif_image_release)> image(decoded,
                                                                           libheif().image_release);
    int stride = 0;
    const uint8_t* rows = libheif().plane(decoded, heif_channel_interleaved, &stride);
    if (!rows || libheif().width(decoded, heif_channel_interleaved) != width ||
        libheif().height(decoded, heif_channel_interleaved) != height || stride < width * 3) {
      throw ImageError("the HEIF picture is not of the size that its header says");
    }
    for (int64_t y = 0; y < height; ++y) {
      std::memcpy(&rgb[size_t(y * width * 3)], rows + y * stride, size_t(width * 3));
    }
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
  return {.format = ImageFormat::heif,
          .width = picture.width(),
          .height = picture.height(),
          .by_library = true};
}

void decode_heif(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  HeifPicture(file).decode(header.width, header.height, rgb);
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
