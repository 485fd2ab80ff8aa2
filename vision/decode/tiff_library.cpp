#include "vision/decode/tiff_library.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "vision/decode/codec_library.h"

#ifdef SACCADE_HAVE_TIFF
#include <tiffio.h>
#endif

namespace saccade {

#ifdef SACCADE_HAVE_TIFF
namespace {

struct Libtiff {
  decltype(&TIFFClientOpen) open;
  decltype(&TIFFClose) close;
  decltype(&TIFFReadEncodedStrip) read_strip;
  decltype(&TIFFReadEncodedTile) read_tile;
};

const Libtiff& libtiff() {
  static const Libtiff functions = [] {
    const CodecLibrary library(libtiff_codec);
    return Libtiff{
        library.function<decltype(TIFFClientOpen)>("TIFFClientOpen"),
        library.function<decltype(TIFFClose)>("TIFFClose"),
        library.function<decltype(TIFFReadEncodedStrip)>("TIFFReadEncodedStrip"),
        library.function<decltype(TIFFReadEncodedTile)>("TIFFReadEncodedTile"),
    };
  }();
  return functions;
}

/// A file in memory, through libtiff's client interface.
class MemoryTiff {
 public:
  explicit MemoryTiff(ByteView file) : file_(file) {
    // m: no memory map. c: strips stay as they are stored; by default libtiff divides a large one.
    tiff_.reset(libtiff().open("picture", "rmc", this, read, write, seek, close, size, map, unmap));
    if (!tiff_) throw ImageError("the TIFF is damaged");
  }

  /// Fills `bytes` with a decoded block.
  void read_block(uint64_t index, bool tiled, std::vector<uint8_t>& bytes) const {
    const auto read_any = tiled ? libtiff().read_tile : libtiff().read_strip;
    const tmsize_t wanted = tmsize_t(bytes.size());
    if (read_any(tiff_.get(), uint32_t(index), bytes.data(), wanted) != wanted) {
      throw ImageError("the TIFF's data are damaged, or of a kind that cannot be read");
    }
  }

 private:
  static MemoryTiff& of(thandle_t handle) { return *static_cast<MemoryTiff*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    MemoryTiff& self = of(handle);
    const uint64_t left = self.file_.size() - std::min(self.at_, self.file_.size());
    const size_t taken = size_t(std::min<uint64_t>(left, uint64_t(std::max<tmsize_t>(count, 0))));
    if (taken > 0) std::memcpy(to, self.file_.span().data() + self.at_, taken);
    self.at_ += taken;
    return tmsize_t(taken);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    MemoryTiff& self = of(handle);
    self.at_ = whence == SEEK_SET   ? offset
               : whence == SEEK_CUR ? self.at_ + offset
                                    : self.file_.size() + offset;
    return self.at_;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).file_.size(); }
  static int map(thandle_t, void**, toff_t*) { return 0; }
  static void unmap(thandle_t, void*, toff_t) {}

  struct Close {
    void operator()(TIFF* tiff) const { libtiff().close(tiff); }
  };
  ByteView file_;
  uint64_t at_ = 0;
  std::unique_ptr<TIFF, Close> tiff_;
};

/// Puts the samples of the planes of one row side by side.
void interleave_planes(const std::vector<std::vector<uint8_t>>& planes, size_t offset,
                       size_t sample_bytes, std::vector<uint8_t>& row) {
  const size_t pixels = row.size() / (planes.size() * sample_bytes);
  for (size_t plane = 0; plane < planes.size(); ++plane) {
    for (size_t x = 0; x < pixels; ++x) {
      std::memcpy(&row[(x * planes.size() + plane) * sample_bytes],
                  &planes[plane][offset + x * sample_bytes], sample_bytes);
    }
  }
}

}  // namespace

bool has_tiff_library() { return true; }

void decode_tiff_by_library(ByteView file, const TiffKind& kind, const TiffBlocks& blocks,
                            int64_t width, std::span<const uint8_t> palette,
                            std::span<uint8_t> rgb) {
  const MemoryTiff tiff(file);
  const uint64_t height = rgb.size() / uint64_t(width * 3);
  const uint64_t across = (uint64_t(width) + blocks.width - 1) / blocks.width;
  const uint64_t down = (height + blocks.height - 1) / blocks.height;
  const size_t plane_count = kind.apart ? size_t(kind.samples) : 1;
  const uint64_t row_bytes = (blocks.width * kind.depth * (kind.apart ? 1 : kind.samples) + 7) / 8;
  std::vector<std::vector<uint8_t>> planes(plane_count);
  std::vector<uint8_t> row(size_t(row_bytes) * plane_count);
  for (uint64_t block = 0; block < across * down; ++block) {
    const uint64_t left = block % across * blocks.width, top = block / across * blocks.height;
    const uint64_t rows = std::min(blocks.height, height - top);
    const uint64_t columns = std::min(blocks.width, uint64_t(width) - left);
    for (size_t plane = 0; plane < plane_count; ++plane) {
      planes[plane].resize(size_t((blocks.tiled ? blocks.height : rows) * row_bytes));
      tiff.read_block(block + plane * across * down, blocks.tiled, planes[plane]);
    }
    for (uint64_t y = 0; y < rows; ++y) {
      std::span<const uint8_t> samples(planes[0]);
      samples = samples.subspan(size_t(y * row_bytes), size_t(row_bytes));
      if (plane_count > 1) {
        interleave_planes(planes, size_t(y * row_bytes), size_t(kind.depth / 8), row);
        samples = row;
      }
      const uint64_t to = ((top + y) * uint64_t(width) + left) * 3;
      tiff_samples_to_rgb(kind, samples, palette, rgb.subspan(size_t(to), size_t(columns * 3)));
    }
  }
}

#else

bool has_tiff_library() { return false; }

void decode_tiff_by_library(ByteView, const TiffKind&, const TiffBlocks&, int64_t,
                            std::span<const uint8_t>, std::span<uint8_t>) {
  const CodecLibrary missing(libtiff_codec);
}

#endif

}  // namespace saccade
