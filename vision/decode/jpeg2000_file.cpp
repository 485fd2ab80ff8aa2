// JPEG 2000 (ISO/IEC 15444-1), files and bare codestreams. Boxes and the codestream's size are read
// here, the pixels by OpenJPEG, which Pillow uses too.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "vision/decode/codec_library.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/iso_boxes.h"
#include "vision/decode/jpeg2000_cost.h"

#ifdef SACCADE_HAVE_OPENJPEG
#include <openjpeg.h>
#endif

namespace saccade {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view j2k_magic = "\xff\x4f\xff\x51"sv;
constexpr std::string_view jp2_magic = "\0\0\0\x0cjP  \r\n\x87\n"sv;

enum class J2kColour { unspecified, cmyk, sycc };

struct J2k {
  bool bare = false;  ///< a codestream without boxes
  std::span<const std::byte> codestream;
  int64_t width = 0, height = 0;
  uint64_t components = 0;
  int depth = 8;  ///< of the first component
  bool palette = false;
  uint64_t palette_columns = 0;
  J2kColour colour = J2kColour::unspecified;
};

/// Reads the SIZ marker segment at the start of a codestream.
void read_codestream(ByteView stream, J2k& j2k) {
  if (!stream.matches(0, j2k_magic)) throw ImageError("the JPEG 2000 codestream lacks its start");
  const auto side = [&](uint64_t end, uint64_t start) {
    return int64_t(stream.big(end, 4)) - int64_t(stream.big(start, 4));
  };
  j2k.codestream = stream.span();
  j2k.width = side(8, 16), j2k.height = side(12, 20);
  j2k.components = stream.big(40, 2);
  j2k.depth = (stream.u8(42) & 0x7F) + 1;
}

void read_jp2_header(ByteView boxes, J2k& j2k) {
  visit_boxes(boxes, [&](std::string_view type, ByteView box) {
    if (type == "pclr") j2k.palette = true, j2k.palette_columns = box.u8(2);
    if (type == "colr" && box.has(0, 7) && box.u8(0) == 1) {
      const uint64_t space = box.big(3, 4);
      if (space == 12) j2k.colour = J2kColour::cmyk;
      if (space == 18) j2k.colour = J2kColour::sycc;
    }
    return true;
  });
}

J2k read_j2k(ByteView file) {
  J2k j2k;
  if (file.matches(0, j2k_magic)) {
    j2k.bare = true;
    read_codestream(file, j2k);
  } else {
    bool found = false;
    visit_boxes(file, [&](std::string_view type, ByteView box) {
      if (type == "jp2h") read_jp2_header(box, j2k);
      if (type != "jp2c") return true;
      read_codestream(box, j2k);
      found = true;
      return false;
    });
    if (!found) throw ImageError("the JPEG 2000 file holds no picture");
  }
  for (const uint64_t count : {j2k.components, std::max<uint64_t>(j2k.palette_columns, 1)}) {
    if (count >= 1 && count <= 4) continue;
    throw ImageError(fmt::format("JPEG 2000 with {} components cannot be read; convert it", count));
  }
  return j2k;
}

bool is_j2k(ByteView head) { return head.matches(0, j2k_magic) || head.matches(0, jp2_magic); }

ImageHeader read_j2k_header(ByteView file) {
  const J2k j2k = read_j2k(file);
  return {.format = ImageFormat::jpeg2000,
          .width = j2k.width,
          .height = j2k.height,
          .grey = j2k.components <= 2 && !j2k.palette,
          .by_library = true,
          .codec_bytes =
              jpeg2000_bytes(ByteView(j2k.codestream), j2k.components + j2k.palette_columns)};
}

#ifdef SACCADE_HAVE_OPENJPEG

/// Throws ImageError unless the tile-parts and the end marker lie within the codestream (annex A).
/// OpenJPEG stops at the last tile; Pillow reads on to the marker.
void check_codestream_ends(ByteView stream) {
  constexpr uint64_t start_of_tile = 0xFF90, end_of_codestream = 0xFFD9;
  for (uint64_t at = 2;;) {
    const uint64_t marker = stream.big(at, 2);
    if (marker == end_of_codestream) return;
    if (marker != start_of_tile) {
      at += 2 + stream.big(at + 2, 2);
      continue;
    }
    const uint64_t length = stream.big(at + 6, 4);  // 0: up to the end marker
    if (length == 0) at = std::max(at + 12, stream.size() - 2);
    if (length != 0 && length < 12) throw ImageError("a JPEG 2000 tile is too short");
    at += length;
  }
}

struct Openjpeg {
  decltype(&opj_create_decompress) create;
  decltype(&opj_destroy_codec) destroy_codec;
  decltype(&opj_set_default_decoder_parameters) set_defaults;
  decltype(&opj_setup_decoder) setup;
  decltype(&opj_stream_create) stream_create;
  decltype(&opj_stream_destroy) stream_destroy;
  decltype(&opj_stream_set_read_function) set_read;
  decltype(&opj_stream_set_skip_function) set_skip;
  decltype(&opj_stream_set_seek_function) set_seek;
  decltype(&opj_stream_set_user_data) set_data;
  decltype(&opj_stream_set_user_data_length) set_length;
  decltype(&opj_read_header) read_header;
  decltype(&opj_decode) decode;
#if OPJ_VERSION_MAJOR > 2 || OPJ_VERSION_MINOR >= 5
  decltype(&opj_decoder_set_strict_mode) set_strict;
#endif
  decltype(&opj_image_destroy) image_destroy;
};

const Openjpeg& openjpeg() {
  static const Openjpeg functions = [] {
    const CodecLibrary library(openjpeg_codec);
    Openjpeg f{};
    const auto find = [&library]<typename Function>(Function*& to, const char* name) {
      to = library.function<Function>(name);
    };
    find(f.create, "opj_create_decompress");
    find(f.destroy_codec, "opj_destroy_codec");
    find(f.set_defaults, "opj_set_default_decoder_parameters");
    find(f.setup, "opj_setup_decoder");
    find(f.stream_create, "opj_stream_create");
    find(f.stream_destroy, "opj_stream_destroy");
    find(f.set_read, "opj_stream_set_read_function");
    find(f.set_skip, "opj_stream_set_skip_function");
    find(f.set_seek, "opj_stream_set_seek_function");
    find(f.set_data, "opj_stream_set_user_data");
    find(f.set_length, "opj_stream_set_user_data_length");
    find(f.read_header, "opj_read_header");
    find(f.decode, "opj_decode");
#if OPJ_VERSION_MAJOR > 2 || OPJ_VERSION_MINOR >= 5
    find(f.set_strict, "opj_decoder_set_strict_mode");
#endif
    find(f.image_destroy, "opj_image_destroy");
    return f;
  }();
  return functions;
}

/// The bytes of a file as OpenJPEG reads them.
struct J2kSource {
  ByteView file;
  uint64_t at = 0;

  static OPJ_SIZE_T read(void* to, OPJ_SIZE_T count, void* data) {
    J2kSource& self = *static_cast<J2kSource*>(data);
    const size_t taken = size_t(std::min<uint64_t>(count, self.file.size() - self.at));
    if (taken == 0) return OPJ_SIZE_T(-1);
    std::memcpy(to, self.file.span().data() + self.at, taken);
    self.at += taken;
    return taken;
  }
  static OPJ_OFF_T skip(OPJ_OFF_T count, void* data) {
    J2kSource& self = *static_cast<J2kSource*>(data);
    if (count < 0) return -1;
    const uint64_t taken = std::min(uint64_t(count), self.file.size() - self.at);
    self.at += taken;
    return taken == 0 && count > 0 ? -1 : OPJ_OFF_T(taken);
  }
  static OPJ_BOOL seek(OPJ_OFF_T to, void* data) {
    J2kSource& self = *static_cast<J2kSource*>(data);
    if (to < 0 || uint64_t(to) > self.file.size()) return OPJ_FALSE;
    self.at = uint64_t(to);
    return OPJ_TRUE;
  }
};

struct J2kImageRelease {
  void operator()(opj_image_t* image) const { openjpeg().image_destroy(image); }
};
using J2kImage = std::unique_ptr<opj_image_t, J2kImageRelease>;

[[noreturn]] void throw_damaged_j2k() {
  throw ImageError("the JPEG 2000 data are damaged, or of a kind that cannot be read");
}

J2kImage decode_components(ByteView file, const J2k& j2k) {
  const Openjpeg& library = openjpeg();
  J2kSource source{file};
  const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> stream(
      library.stream_create(1 << 16, OPJ_TRUE), library.stream_destroy);
  const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(
      library.create(j2k.bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2), library.destroy_codec);
  if (!stream || !codec) throw ImageError("out of memory");
  library.set_read(stream.get(), J2kSource::read);
  library.set_skip(stream.get(), J2kSource::skip);
  library.set_seek(stream.get(), J2kSource::seek);
  library.set_data(stream.get(), &source, nullptr);
  library.set_length(stream.get(), file.size());
  opj_dparameters_t parameters;
  library.set_defaults(&parameters);
  // Pillow ignores the order of channels that the file gives, and applies the palette itself.
  if (!j2k.palette) parameters.flags |= OPJ_DPARAMETERS_IGNORE_PCLR_CMAP_CDEF_FLAG;
  if (!library.setup(codec.get(), &parameters)) throw_damaged_j2k();
#if OPJ_VERSION_MAJOR > 2 || OPJ_VERSION_MINOR >= 5
  library.set_strict(codec.get(), OPJ_TRUE);  // a cut tile is an error, not half a picture
#endif
  opj_image_t* header = nullptr;
  const bool has_header = library.read_header(stream.get(), codec.get(), &header);
  J2kImage image(header);
  if (!has_header || !image || !library.decode(codec.get(), stream.get(), image.get())) {
    throw_damaged_j2k();
  }
  return image;
}

/// One component's samples as 8 bits, or as they are if `deep`.
class ComponentReader {
 public:
  ComponentReader(const opj_image_comp_t& component, bool deep)
      : component_(component),
        shift_(deep ? 0 : int(component.prec) - 8),
        offset_(component.sgnd ? 1 << (component.prec - 1) : 0) {
    if (shift_ > 0) offset_ += 1 << (shift_ - 1);
  }

  /// Subsampled components repeat their samples. Like Pillow's, the sum of a sample and half a step
  /// may pass 255; it is clipped here.
  uint8_t at(int64_t x, int64_t y) const {
    const int64_t column = std::min<int64_t>(x / component_.dx, component_.w - 1);
    const int64_t row = std::min<int64_t>(y / component_.dy, component_.h - 1);
    const int64_t value = component_.data[row * component_.w + column] + offset_;
    return uint8_t(std::clamp<int64_t>(shift_ > 0 ? value >> shift_ : value << -shift_, 0, 255));
  }

 private:
  const opj_image_comp_t& component_;
  int shift_;
  int64_t offset_;
};

/// JFIF's Y'CbCr in place.
void ycc_to_rgb(uint8_t* pixel) {
  const double y = pixel[0], cb = pixel[1] - 128.0, cr = pixel[2] - 128.0;
  const auto byte = [](double value) { return uint8_t(std::clamp(value + 0.5, 0.0, 255.0)); };
  pixel[0] = byte(y + 1.402 * cr);
  pixel[1] = byte(y - 0.34414 * cb - 0.71414 * cr);
  pixel[2] = byte(y + 1.772 * cb);
}

void cmyk_to_rgb(const uint8_t* inks, uint8_t* rgb) {
  const int light = 255 - inks[3];
  for (int c = 0; c < 3; ++c) {
    const int product = inks[c] * light + 128;
    rgb[c] = uint8_t(std::clamp(light - (((product >> 8) + product) >> 8), 0, 255));
  }
}

std::vector<ComponentReader> component_readers(const opj_image_t& image) {
  // As in Pillow, one deep grey component is clipped at 255, others keep their high bits.
  const bool deep = image.numcomps == 1 && image.comps[0].prec > 8;
  std::vector<ComponentReader> readers;
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& component = image.comps[i];
    if (!component.data || component.w == 0 || component.h == 0 || component.dx == 0 ||
        component.dy == 0 || component.prec < 1 || component.prec > 31) {
      throw_damaged_j2k();
    }
    readers.emplace_back(component, deep);
  }
  return readers;
}

void decode_j2k(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  const J2k j2k = read_j2k(file);
  check_codestream_ends(ByteView(j2k.codestream));
  const J2kImage image = decode_components(file, j2k);
  if (int64_t(image->x1) - int64_t(image->x0) != header.width ||
      int64_t(image->y1) - int64_t(image->y0) != header.height || image->numcomps < 1 ||
      image->numcomps > 4) {
    throw_damaged_j2k();
  }
  const std::vector<ComponentReader> components = component_readers(*image);
  const size_t count = components.size();
  const bool cmyk = count == 4 && j2k.colour == J2kColour::cmyk;
  const bool ycc = count >= 3 && j2k.colour == J2kColour::sycc;
  for (int64_t y = 0, at = 0; y < header.height; ++y) {
    for (int64_t x = 0; x < header.width; ++x, at += 3) {
      uint8_t* pixel = &rgb[size_t(at)];
      uint8_t values[4];
      for (size_t c = 0; c < count; ++c) values[c] = components[c].at(x, y);
      if (count < 3) std::fill_n(values, 3, values[0]);
      if (ycc) ycc_to_rgb(values);
      if (cmyk) cmyk_to_rgb(values, pixel);
      if (!cmyk) std::copy_n(values, 3, pixel);
    }
  }
}

#else

void decode_j2k(ByteView, const ImageHeader&, std::span<uint8_t>) {
  const CodecLibrary missing(openjpeg_codec);
}

#endif

}  // namespace

const FormatReader jpeg2000_reader{ImageFormat::jpeg2000, "JPEG 2000", is_j2k,
                                   read_j2k_header,       nullptr,     decode_j2k};

}  // namespace saccade
