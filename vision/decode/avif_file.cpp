// AVIF (AV1 in HEIF) by libavif, which Pillow uses too. It gives the planes; ycbcr.cpp makes R,G,B.
// libheif would do both, but interpolates chroma differently and converts other ranges twice.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "vision/decode/codec_library.h"
#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/ycbcr.h"

#ifdef SACCADE_HAVE_AVIF
#include <avif/avif.h>
#endif

namespace saccade {
namespace {

/// By the major brand, or by the compatible ones of a file whose major brand names no codec.
bool is_avif(ByteView head) {
  if (!head.matches(4, "ftyp")) return false;
  if (head.matches(8, "avif") || head.matches(8, "avis")) return true;
  if (!head.matches(8, "mif1") && !head.matches(8, "msf1") && !head.matches(8, "miaf")) {
    return false;
  }
  const uint64_t end = std::min(head.big(0, 4), head.size());
  for (uint64_t at = 16; at + 4 <= end; at += 4) {
    if (head.matches(at, "avif") || head.matches(at, "avis")) return true;
  }
  return false;
}

#ifdef SACCADE_HAVE_AVIF

struct Libavif {
  decltype(&avifDecoderCreate) create;
  decltype(&avifDecoderDestroy) destroy;
  decltype(&avifDecoderSetIOMemory) set_memory;
  decltype(&avifDecoderParse) parse;
  decltype(&avifDecoderNextImage) next_image;
  decltype(&avifResultToString) text;
};

const Libavif& libavif() {
  static const Libavif functions = [] {
    const CodecLibrary library(libavif_codec);
    return Libavif{
        library.function<decltype(avifDecoderCreate)>("avifDecoderCreate"),
        library.function<decltype(avifDecoderDestroy)>("avifDecoderDestroy"),
        library.function<decltype(avifDecoderSetIOMemory)>("avifDecoderSetIOMemory"),
        library.function<decltype(avifDecoderParse)>("avifDecoderParse"),
        library.function<decltype(avifDecoderNextImage)>("avifDecoderNextImage"),
        library.function<decltype(avifResultToString)>("avifResultToString"),
    };
  }();
  return functions;
}

/// A decoder whose file is parsed, of which the first picture is not yet decoded.
class AvifDecoder {
 public:
  /// `max_pixels` bounds what the file may claim to hold.
  AvifDecoder(ByteView file, uint32_t max_pixels)
      : decoder_(libavif().create(), libavif().destroy) {
    if (!decoder_) throw ImageError("out of memory");
    decoder_->maxThreads = 1;
    decoder_->ignoreXMP = AVIF_TRUE;
    decoder_->ignoreExif = AVIF_TRUE;
    decoder_->imageSizeLimit = max_pixels;
    decoder_->imageCountLimit = 1 << 16;  // it lists every frame of a sequence
    // As in Pillow: files of old writers lack `pixi`, and cropping is not applied.
    decoder_->strictFlags &= ~avifStrictFlags(AVIF_STRICT_CLAP_VALID | AVIF_STRICT_PIXI_REQUIRED);
    check(libavif().set_memory(decoder_.get(), reinterpret_cast<const uint8_t*>(file.span().data()),
                               size_t(file.size())));
    check(libavif().parse(decoder_.get()));
  }

  const avifImage& image() const { return *decoder_->image; }
  void decode() { check(libavif().next_image(decoder_.get())); }

 private:
  static void check(avifResult result) {
    if (result == AVIF_RESULT_OK) return;
    throw ImageError(fmt::format("the AVIF file is damaged, or of a kind that cannot be read ({})",
                                 libavif().text(result)));
  }

  std::unique_ptr<avifDecoder, decltype(&avifDecoderDestroy)> decoder_;
};

/// EXIF's value for what the container says: turn anticlockwise by `irot`, then mirror by `imir`.
int avif_orientation(const avifImage& image) {
  const bool mirrored = image.transformFlags & AVIF_TRANSFORM_IMIR;
  const int turns = image.transformFlags & AVIF_TRANSFORM_IROT ? image.irot.angle & 3 : 0;
#if AVIF_VERSION >= 1000000
  const int axis = image.imir.axis & 1;
#else
  const int axis = image.imir.mode & 1;
#endif
  constexpr int plain[] = {1, 8, 3, 6};
  constexpr int top_bottom[] = {4, 5, 2, 7}, left_right[] = {2, 7, 4, 5};
  return !mirrored ? plain[turns] : axis == 0 ? top_bottom[turns] : left_right[turns];
}

/// Copies a plane as 8 bits; deeper samples keep their high bits, as in libavif.
SamplePlane copy_plane(const avifImage& image, int channel, int64_t width, int64_t height) {
  SamplePlane plane{width, height, {}};
  plane.samples.resize(size_t(width * height));
  const uint32_t stride = image.yuvRowBytes[channel];
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* from = image.yuvPlanes[channel] + size_t(y) * stride;
    uint8_t* to = plane.samples.data() + y * width;
    if (image.depth == 8) {
      std::copy_n(from, width, to);
      continue;
    }
    for (int64_t x = 0; x < width; ++x) {
      to[x] = uint8_t((from[2 * x] | from[2 * x + 1] << 8) >> (image.depth - 8));
    }
  }
  return plane;
}

YcbcrMatrix avif_matrix(const avifImage& image) {
  const int coefficients = image.matrixCoefficients;
  const auto matrix = find_ycbcr_matrix(coefficients, image.yuvRange == AVIF_RANGE_FULL);
  if (matrix) return *matrix;
  throw ImageError(
      fmt::format("AVIF of matrix coefficients {} cannot be read; convert it", coefficients));
}

/// Planes of G, B and R instead of luma and chroma, which lossless files have.
void interleave_gbr(const YcbcrPicture& picture, std::span<uint8_t> rgb) {
  for (size_t i = 0; i < picture.luma.samples.size(); ++i) {
    rgb[3 * i] = picture.red_chroma.samples[i];
    rgb[3 * i + 1] = picture.luma.samples[i];
    rgb[3 * i + 2] = picture.blue_chroma.samples[i];
  }
}

/// A coded frame may be larger than the picture that the header names, but not by much.
uint64_t coded_limit(uint64_t pixels) {
  return std::min<uint64_t>(pixels + pixels / 4 + (1 << 16), AVIF_DEFAULT_IMAGE_SIZE_LIMIT);
}

/// The frame, which the decoder pads to whole blocks and filters in a copy, with alpha; its planes
/// and those of the canvas that it is put on; as 8 bits; and R,G,B.
uint64_t avif_bytes(uint64_t width, uint64_t height) {
  constexpr uint64_t planes = 4, sample = 2, working = 16 << 20;
  const uint64_t pixels = width * height;
  return 2 * coded_limit(pixels) * planes * sample + pixels * (planes * sample + 3 + 3) + working;
}

ImageHeader read_avif_header(ByteView file) {
  const CodecSilence silence;
  const AvifDecoder decoder(file, AVIF_DEFAULT_IMAGE_SIZE_LIMIT);
  return {.format = ImageFormat::avif,
          .width = decoder.image().width,
          .height = decoder.image().height,
          .orientation = avif_orientation(decoder.image()),
          .by_library = true,
          .codec_bytes = avif_bytes(decoder.image().width, decoder.image().height)};
}

YcbcrPicture copy_planes(const avifImage& image) {
  const int64_t width = image.width, height = image.height;
  YcbcrPicture picture;
  picture.luma = copy_plane(image, AVIF_CHAN_Y, width, height);
  if (image.yuvFormat == AVIF_PIXEL_FORMAT_YUV400) return picture;
  const bool wide = image.yuvFormat == AVIF_PIXEL_FORMAT_YUV444;
  const bool high = image.yuvFormat != AVIF_PIXEL_FORMAT_YUV420;
  const int64_t across = wide ? width : (width + 1) / 2, down = high ? height : (height + 1) / 2;
  picture.blue_chroma = copy_plane(image, AVIF_CHAN_U, across, down);
  picture.red_chroma = copy_plane(image, AVIF_CHAN_V, across, down);
  return picture;
}

void decode_avif(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  AvifDecoder decoder(file, uint32_t(coded_limit(uint64_t(header.width * header.height))));
  decoder.decode();
  const avifImage& image = decoder.image();
  if (image.width != uint32_t(header.width) || image.height != uint32_t(header.height) ||
      !image.yuvPlanes[0]) {
    throw ImageError("the AVIF picture is not of the size that its header says");
  }
  const YcbcrPicture picture = copy_planes(image);
  if (image.matrixCoefficients == AVIF_MATRIX_COEFFICIENTS_IDENTITY &&
      picture.red_chroma.samples.size() == picture.luma.samples.size()) {
    interleave_gbr(picture, rgb);
  } else {
    ycbcr_to_rgb(picture, avif_matrix(image), rgb);
  }
}

#else

ImageHeader read_avif_header(ByteView) {
  const CodecLibrary missing(libavif_codec);
  return {};
}

void decode_avif(ByteView, const ImageHeader&, std::span<uint8_t>) {
  const CodecLibrary missing(libavif_codec);
}

#endif

}  // namespace

const FormatReader avif_reader{ImageFormat::avif, "AVIF",  is_avif,
                               read_avif_header,  nullptr, decode_avif};

}  // namespace saccade
