// GIF (GIF89a specification): the blocks up to the first frame are read here, its pixels by giflib.
// As in Pillow's GifImagePlugin: the canvas grows to hold the frame; what the frame leaves free has
// the transparent colour if there is one, else colour 0; without a palette the indices are grey.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vision/decode/codec_library.h"
#include "vision/decode/format_reader.h"

#ifdef SACCADE_HAVE_GIF
#include <gif_lib.h>
#endif

namespace saccade {
namespace {

constexpr uint8_t image_separator = ',', extension_introducer = '!', trailer = ';';

struct GifFrame {
  int64_t canvas_width, canvas_height;
  int64_t x, y, width, height;
  bool interlaced = false;
  int transparent = -1;                             ///< the index, if there is one
  std::array<std::array<uint8_t, 3>, 256> colours;  ///< by index
};

void set_grey_colours(GifFrame& frame) {
  for (size_t i = 0; i < 256; ++i) frame.colours[i] = {uint8_t(i), uint8_t(i), uint8_t(i)};
}

/// Reads a palette of which `flags` says the size, and returns the offset behind it. Colours beyond
/// the palette are black. A palette that is the start of the grey ramp counts as none, as in
/// Pillow: the colours stay as they are.
uint64_t read_gif_palette(ByteView file, uint64_t at, uint8_t flags, GifFrame& frame) {
  const uint64_t count = uint64_t{2} << (flags & 7);
  bool ramp = true;
  for (uint64_t i = 0; i < 3 * count; ++i) ramp = ramp && file.u8(at + i) == i / 3;
  if (!ramp) {
    frame.colours = {};
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t colour = at + 3 * i;
      frame.colours[size_t(i)] = {file.u8(colour), file.u8(colour + 1), file.u8(colour + 2)};
    }
  }
  return at + 3 * count;
}

/// Returns the offset behind the sub-blocks that start at `at`.
uint64_t skip_sub_blocks(ByteView file, uint64_t at) {
  while (const uint64_t size = file.u8(at)) at += size + 1;
  return at + 1;
}

uint64_t read_gif_extension(ByteView file, uint64_t at, GifFrame& frame) {
  constexpr uint8_t graphic_control = 249;
  if (file.u8(at) == graphic_control && file.u8(at + 1) >= 4 && file.u8(at + 2) & 1) {
    frame.transparent = file.u8(at + 5);
  }
  return skip_sub_blocks(file, at + 1);
}

void read_image_descriptor(ByteView file, uint64_t at, GifFrame& frame) {
  constexpr uint8_t has_palette = 0x80, interlaced = 0x40;
  frame.x = int64_t(file.little(at, 2)), frame.y = int64_t(file.little(at + 2, 2));
  frame.width = int64_t(file.little(at + 4, 2)), frame.height = int64_t(file.little(at + 6, 2));
  const uint8_t flags = file.u8(at + 8);
  frame.interlaced = flags & interlaced;
  if (flags & has_palette) {
    read_gif_palette(file, at + 9, flags, frame);
  }
  frame.canvas_width = std::max(frame.canvas_width, frame.x + frame.width);
  frame.canvas_height = std::max(frame.canvas_height, frame.y + frame.height);
  if (frame.width == 0 || frame.height == 0) throw ImageError("the GIF's first frame is empty");
}

GifFrame read_gif_frame(ByteView file) {
  GifFrame frame{};
  set_grey_colours(frame);
  frame.canvas_width = int64_t(file.little(6, 2));
  frame.canvas_height = int64_t(file.little(8, 2));
  const uint8_t flags = file.u8(10);
  uint64_t at = 13;
  if (flags & 0x80) at = read_gif_palette(file, at, flags, frame);
  for (;;) {
    const uint8_t block = file.u8(at++);
    if (block == image_separator) break;
    if (block == trailer) throw ImageError("the GIF holds no picture");
    if (block == extension_introducer) at = read_gif_extension(file, at, frame);
  }
  read_image_descriptor(file, at, frame);
  return frame;
}

bool is_gif(ByteView head) { return head.matches(0, "GIF87a") || head.matches(0, "GIF89a"); }

ImageHeader read_gif_header(ByteView file) {
  const GifFrame frame = read_gif_frame(file);
  return {.format = ImageFormat::gif,
          .width = frame.canvas_width,
          .height = frame.canvas_height,
          .by_library = true};
}

#ifdef SACCADE_HAVE_GIF

struct Giflib {
  decltype(&DGifOpen) open;
  decltype(&DGifCloseFile) close;
  decltype(&DGifGetRecordType) record_type;
  decltype(&DGifGetImageDesc) image_descriptor;
  decltype(&DGifGetLine) line;
  decltype(&DGifGetExtension) extension;
  decltype(&DGifGetExtensionNext) extension_next;
};

const Giflib& giflib() {
  static const Giflib functions = [] {
    const CodecLibrary library(giflib_codec);
    return Giflib{
        library.function<decltype(DGifOpen)>("DGifOpen"),
        library.function<decltype(DGifCloseFile)>("DGifCloseFile"),
        library.function<decltype(DGifGetRecordType)>("DGifGetRecordType"),
        library.function<decltype(DGifGetImageDesc)>("DGifGetImageDesc"),
        library.function<decltype(DGifGetLine)>("DGifGetLine"),
        library.function<decltype(DGifGetExtension)>("DGifGetExtension"),
        library.function<decltype(DGifGetExtensionNext)>("DGifGetExtensionNext"),
    };
  }();
  return functions;
}

[[noreturn]] void throw_damaged_gif() { throw ImageError("the GIF data are cut off or damaged"); }

/// The first frame of a file in memory.
class GifDecoder {
 public:
  explicit GifDecoder(ByteView file) : file_(file), gif_(giflib().open(this, read, nullptr)) {
    if (!gif_) throw_damaged_gif();
  }
  ~GifDecoder() { giflib().close(gif_, nullptr); }
  GifDecoder(const GifDecoder&) = delete;
  GifDecoder& operator=(const GifDecoder&) = delete;

  void go_to_first_frame() {
    for (;;) {
      GifRecordType type = UNDEFINED_RECORD_TYPE;
      check(giflib().record_type(gif_, &type));
      if (type == IMAGE_DESC_RECORD_TYPE) break;
      if (type != EXTENSION_RECORD_TYPE) throw_damaged_gif();
      int code = 0;
      GifByteType* block = nullptr;
      check(giflib().extension(gif_, &code, &block));
      while (block) check(giflib().extension_next(gif_, &block));
    }
    check(giflib().image_descriptor(gif_));
  }

  void read_line(std::span<uint8_t> indices) {
    check(giflib().line(gif_, indices.data(), int(indices.size())));
  }

 private:
  static void check(int result) {
    if (result != GIF_OK) throw_damaged_gif();
  }

  /// A size of a block that is missing at the end of the file reads as 0, which ends the blocks:
  /// after the last pixel Pillow reads no further, giflib does.
  static int read(GifFileType* gif, GifByteType* to, int count) {
    auto& self = *static_cast<GifDecoder*>(gif->UserData);
    const size_t wanted = size_t(std::max(count, 0));
    const size_t left = size_t(std::min<uint64_t>(wanted, self.file_.size() - self.at_));
    if (left == 0 && wanted == 1) {
      *to = 0;
      return 1;
    }
    if (left > 0) std::memcpy(to, self.file_.span().data() + self.at_, left);
    self.at_ += left;
    return int(left);
  }

  ByteView file_;
  size_t at_ = 0;
  GifFileType* gif_;
};

/// Returns the rows of the frame in the order in which they are stored.
std::vector<int64_t> stored_rows(const GifFrame& frame) {
  std::vector<int64_t> rows;
  if (!frame.interlaced) {
    for (int64_t y = 0; y < frame.height; ++y) rows.push_back(y);
    return rows;
  }
  constexpr std::pair<int, int> passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  for (const auto& [first, step] : passes) {
    for (int64_t y = first; y < frame.height; y += step) rows.push_back(y);
  }
  return rows;
}

void decode_gif(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) {
  const GifFrame frame = read_gif_frame(file);
  GifDecoder decoder(file);
  decoder.go_to_first_frame();
  const auto put = [&](uint8_t* to, uint8_t index) {
    std::copy_n(frame.colours[index].data(), 3, to);
  };
  if (frame.width < header.width || frame.height < header.height) {
    const uint8_t background = uint8_t(std::max(frame.transparent, 0));
    for (size_t i = 0; i < rgb.size(); i += 3) put(&rgb[i], background);
  }
  std::vector<uint8_t> indices(static_cast<size_t>(frame.width));
  for (const int64_t y : stored_rows(frame)) {
    decoder.read_line(indices);
    uint8_t* to = &rgb[size_t(((frame.y + y) * header.width + frame.x) * 3)];
    for (size_t x = 0; x < indices.size(); ++x) put(to + 3 * x, indices[x]);
  }
}

#else

void decode_gif(ByteView, const ImageHeader&, std::span<uint8_t>) {
  const CodecLibrary missing(giflib_codec);
}

#endif

}  // namespace

const FormatReader gif_reader{ImageFormat::gif, "GIF",   is_gif,
                              read_gif_header,  nullptr, decode_gif};

}  // namespace saccade
