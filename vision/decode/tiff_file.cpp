// TIFF 6.0 and BigTIFF: the first directory, and whether its strips or tiles lie within the file.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "vision/decode/exif.h"
#include "vision/decode/foreign_format.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/tiff_compression.h"
#include "vision/decode/tiff_directory.h"
#include "vision/decode/tiff_library.h"
#include "vision/decode/tiff_repair.h"

namespace saccade {
namespace {

enum Tag : uint16_t {
  image_width = 256,
  image_length = 257,
  bits_per_sample = 258,
  compression = 259,
  photometric = 262,
  fill_order = 266,
  strip_offsets = 273,
  orientation = 274,
  samples_per_pixel = 277,
  rows_per_strip = 278,
  strip_byte_counts = 279,
  planar_configuration = 284,
  colour_map = 320,
  tile_width = 322,
  tile_length = 323,
  tile_offsets = 324,
  tile_byte_counts = 325,
  extra_samples = 338,
  sample_format = 339,
  xmp_packet = 700,
};

constexpr uint64_t uncompressed = 1;
constexpr uint64_t white_is_zero = 0, black_is_zero = 1, true_colour = 2, indexed_colour = 3,
                   ink_colour = 5, ycbcr_colour = 6;
constexpr uint64_t planes_apart = 2;
constexpr uint64_t premultiplied_alpha = 1;

[[noreturn]] void throw_cut_directory() {
  throw ImageError("the file is cut off within the TIFF directory");
}

uint64_t need(const TiffDirectory& directory, Tag tag, std::string_view name) {
  const auto value = directory.value(tag);
  if (value) return *value;
  if (directory.cut() != TiffDirectory::Cut::nothing) throw_cut_directory();
  throw ImageError(fmt::format("the TIFF lacks {}", name));
}

/// Returns the value of an optional tag. Throws ImageError if it is not a single number.
uint64_t value_or(const TiffDirectory& directory, Tag tag, uint64_t fallback) {
  if (!directory.find(tag)) return fallback;
  const auto value = directory.value(tag);
  if (!value) throw ImageError(fmt::format("the TIFF's tag {} is not one number", uint16_t(tag)));
  return *value;
}

uint64_t ceil_div(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

bool is_uncompressed(const TiffDirectory& directory) {
  return value_or(directory, compression, uncompressed) == uncompressed;
}

/// The strips or tiles of a picture, without their places in the file.
TiffBlocks block_size(const TiffDirectory& directory, uint64_t height, uint64_t width) {
  TiffBlocks blocks{};
  blocks.tiled = !directory.find(strip_offsets);
  if (blocks.tiled && !directory.find(tile_offsets) &&
      directory.cut() != TiffDirectory::Cut::nothing) {
    throw_cut_directory();
  }
  if (blocks.tiled) {
    blocks.width = need(directory, tile_width, "its tile width");
    blocks.height = need(directory, tile_length, "its tile length");
  } else {
    blocks.width = width;
    blocks.height = std::min(value_or(directory, rows_per_strip, UINT32_MAX), height);
  }
  // A tile may extend past the picture's edges, but in valid files not by much.
  constexpr uint64_t max_tile = 1 << 14;
  if (blocks.width == 0 || blocks.height == 0 ||
      (blocks.tiled && (blocks.width > max_tile || blocks.height > max_tile))) {
    throw ImageError(fmt::format("TIFF blocks of {} x {} pixels", blocks.width, blocks.height));
  }
  return blocks;
}

TiffKind read_kind(const TiffDirectory& directory) {
  const std::vector<uint64_t> bits = directory.values(bits_per_sample);
  TiffKind kind;
  kind.depth = bits.empty() ? 1 : bits.front();
  kind.samples = value_or(directory, samples_per_pixel, 1);
  kind.photometric = value_or(directory, photometric, white_is_zero);  // as Pillow
  kind.apart = kind.samples > 1 && value_or(directory, planar_configuration, 1) == planes_apart;
  const bool even = std::all_of(bits.begin(), bits.end(), [&](uint64_t b) { return b == bits[0]; });
  if (!even || (bits.size() > 1 && bits.size() != kind.samples)) {
    throw ImageError("the TIFF's samples are not of one size");
  }
  const std::vector<uint64_t> formats = directory.values(sample_format);
  if (!formats.empty()) kind.format = formats.front();
  for (const uint64_t format : formats) {
    if (format != kind.format) throw ImageError("the TIFF's samples are not of one format");
  }
  const std::vector<uint64_t> extras = directory.values(extra_samples);
  if (!extras.empty()) kind.extra = extras.front();
  return kind;
}

/// Bytes of a row of one block; of one plane, if the samples lie in planes.
uint64_t row_bytes(const TiffKind& kind, const TiffBlocks& blocks) {
  return ceil_div(blocks.width * kind.depth * (kind.apart ? 1 : kind.samples), 8);
}

/// Rows of the block at index `i`; the last strip of a plane may have fewer than the others.
uint64_t block_rows(const TiffBlocks& blocks, const ImageHeader& header, uint64_t i) {
  const uint64_t width = uint64_t(header.width), height = uint64_t(header.height);
  const uint64_t across = ceil_div(width, blocks.width), down = ceil_div(height, blocks.height);
  const uint64_t top = i / across % down * blocks.height;
  return blocks.tiled ? blocks.height : std::min(blocks.height, height - top);
}

/// As Pillow does without libtiff: the last offset counts if each block covers the picture, and a
/// block has as many bytes as its pixels need.
void locate_uncompressed(TiffBlocks& blocks, const TiffKind& kind, const ImageHeader& header) {
  const bool covers =
      blocks.width == uint64_t(header.width) && blocks.height == uint64_t(header.height);
  if (covers && !kind.apart && blocks.offsets.size() > 1) blocks.offsets = {blocks.offsets.back()};
  blocks.byte_counts.resize(blocks.offsets.size());
  for (size_t i = 0; i < blocks.byte_counts.size(); ++i) {
    blocks.byte_counts[i] = block_rows(blocks, header, i) * row_bytes(kind, blocks);
  }
}

/// How many blocks the picture has, planes included.
uint64_t block_count(const TiffBlocks& blocks, const TiffKind& kind, uint64_t height,
                     uint64_t width) {
  return ceil_div(width, blocks.width) * ceil_div(height, blocks.height) *
         (kind.apart ? kind.samples : 1);
}

TiffBlocks read_blocks(const TiffDirectory& directory, const TiffKind& kind,
                       const ImageHeader& header) {
  const uint64_t width = uint64_t(header.width), height = uint64_t(header.height);
  TiffBlocks blocks = block_size(directory, height, width);
  const uint64_t count = block_count(blocks, kind, height, width);
  blocks.offsets = directory.values(blocks.tiled ? tile_offsets : strip_offsets);
  blocks.byte_counts = directory.values(blocks.tiled ? tile_byte_counts : strip_byte_counts);
  if (is_uncompressed(directory)) locate_uncompressed(blocks, kind, header);
  if (blocks.offsets.size() < count) {
    throw ImageError(fmt::format("the header says {} x {} pixels; the TIFF holds {} strips of {}",
                                 width, height, blocks.offsets.size(), count));
  }
  return blocks;
}

/// Sets what decoding costs: codecs hold a whole block, and tiles may reach beyond the picture.
void set_costs(const TiffDirectory& directory, const TiffKind& kind, ImageHeader& header) {
  constexpr uint64_t jpeg = 7;
  const uint64_t width = uint64_t(header.width), height = uint64_t(header.height);
  const TiffBlocks blocks = block_size(directory, height, width);
  const uint64_t across = ceil_div(width, blocks.width), down = ceil_div(height, blocks.height);
  header.coded_pixels = across * blocks.width * (down * blocks.height);
  // Of a block: R,G,B,A, its samples twice, and JPEG's coefficients.
  const uint64_t block_pixel = 4 + 2 * kind.samples * ceil_div(kind.depth, 8) +
                               (value_or(directory, compression, uncompressed) == jpeg ? 8 : 0);
  constexpr uint64_t block_entry = 2 * (8 + 8);  // offset and size, here and in libtiff
  header.codec_bytes = width * height * (kind.depth > 8 ? 6 + 6 : 3 + 3) +
                       blocks.width * blocks.height * block_pixel +
                       block_count(blocks, kind, height, width) * block_entry;
}

/// Throws ImageError if a block lies outside the file or is damaged, or if blocks overlap so much
/// that decoding them takes far longer than reading the file.
void check_blocks(ByteView file, const TiffDirectory& directory, const TiffKind& kind,
                  const TiffBlocks& blocks, const ImageHeader& header) {
  const uint64_t count = block_count(blocks, kind, uint64_t(header.height), uint64_t(header.width));
  const uint64_t method = value_or(directory, compression, uncompressed);
  // raw_bytes is too large for subsampled colour, and only libtiff reads reversed bits.
  const bool can_check =
      kind.photometric != ycbcr_colour && value_or(directory, fill_order, 1) == 1;
  const uint64_t most_packed = 4 * file.size() + (64 << 20);
  uint64_t packed = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t raw_bytes = block_rows(blocks, header, i) * row_bytes(kind, blocks);
    const uint64_t size = i < blocks.byte_counts.size() ? blocks.byte_counts[i] : 0;
    const uint64_t offset = blocks.offsets[i];
    if (size == 0 || !file.has(offset, size)) {
      throw ImageError("the file is cut off, or its TIFF strips lie outside it");
    }
    if (method != uncompressed) packed += size;
    if (packed > most_packed) throw ImageError("the TIFF's strips overlap");
    if (can_check) check_tiff_strip(method, file.slice(offset, size), raw_bytes);
  }
}

/// Overwrites the value of a one-value tag in `out`, a copy of the file.
void patch(std::vector<std::byte>& out, const TiffDirectory& directory, Tag tag, uint16_t value) {
  const auto* entry = directory.find(tag);
  if (!entry || !entry->is_unsigned || entry->count != 1) return;
  for (int i = 0; i < entry->value_size; ++i) {
    const int place = directory.big_endian() ? entry->value_size - 1 - i : i;
    out[size_t(entry->data_offset) + size_t(place)] =
        std::byte(i < 2 ? uint64_t(value) >> (8 * i) & 0xFF : 0);
  }
}

bool is_one_of(uint64_t value, std::span<const uint64_t> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Returns whether OpenCV reads the compression; for others it fails without an error. Throws
/// ImageError if neither Pillow nor libtiff does.
bool opencv_decompresses(const TiffDirectory& directory) {
  constexpr uint64_t common[] = {uncompressed, 2, 3, 4, 5, 7, 8, 32773, 32946};
  constexpr uint64_t lzma = 34925, zstd = 50000, webp = 50001;
  const uint64_t method = value_or(directory, compression, uncompressed);
  if (is_one_of(method, common)) return true;
  if (is_one_of(method, std::array{lzma, zstd, webp})) return false;
  throw ImageError(fmt::format("TIFF compression {} cannot be read; convert it", method));
}

/// Returns how many colour samples a pixel has, or 0 for an unknown photometric interpretation.
uint64_t colour_samples(const TiffDirectory& directory, const TiffKind& kind) {
  switch (kind.photometric) {
    case white_is_zero:
    case black_is_zero:
      return 1;
    case indexed_colour:
      return kind.depth <= 8 && directory.values(colour_map).size() == uint64_t{3} << kind.depth
                 ? 1
                 : 0;
    case true_colour:
    case ycbcr_colour:
      return 3;
    case ink_colour:
      return 4;
  }
  return 0;
}

/// Returns whether OpenCV reads the samples as Pillow does. It misreads other kinds, or fails
/// without an error: it takes 16-bit samples as they are stored, and others through libtiff's RGBA
/// reader.
bool opencv_reads(const TiffDirectory& directory, const TiffKind& kind) {
  const uint64_t least = colour_samples(directory, kind);
  const bool raw = is_uncompressed(directory);
  const bool narrow =
      kind.depth == 8 || (least == 1 && (kind.depth == 1 || kind.depth == 2 || kind.depth == 4));
  const bool wide = kind.depth == 16 && !kind.apart &&
                    ((kind.photometric == true_colour && kind.samples <= 4) ||
                     (kind.photometric <= black_is_zero && kind.samples == 1));
  return least != 0 && kind.samples >= least && kind.samples <= 4 && kind.format == 1 &&
         (kind.photometric != ycbcr_colour || !raw) && (narrow || wide);
}

/// Returns whether libtiff must decode the file: OpenCV cannot, or not as exactly. Throws
/// ImageError if neither can.
bool needs_library(const TiffDirectory& directory, const TiffKind& kind) {
  const bool opencv = opencv_decompresses(directory) && opencv_reads(directory, kind);
  const bool library = has_tiff_samples(kind) && kind.samples >= colour_samples(directory, kind) &&
                       colour_samples(directory, kind) != 0;
  if (!opencv && !library) {
    throw ImageError(fmt::format(
        "a TIFF of {} samples of {} bits, photometric {}, format {}{}, cannot be read; convert it",
        kind.samples, kind.depth, kind.photometric, kind.format, kind.apart ? ", in planes" : ""));
  }
  const bool raw_tiles =
      kind.depth == 8 && !directory.find(strip_offsets) && is_uncompressed(directory);
  if (!opencv || (raw_tiles && library)) return true;
  const bool inexact =
      kind.photometric == ink_colour ||
      (kind.samples > colour_samples(directory, kind) && kind.extra == premultiplied_alpha);
  return inexact && library && has_tiff_library();
}

bool is_tiff(ByteView head) {
  using namespace std::string_view_literals;
  return head.matches(0, "II*\0"sv) || head.matches(0, "MM\0*"sv) || head.matches(0, "II+\0"sv) ||
         head.matches(0, "MM\0+"sv);
}

ImageHeader read_tiff_header(ByteView file) {
  if (const std::string raw = name_camera_raw(file); !raw.empty()) {
    throw ImageError(raw + "; convert it to JPEG, PNG or TIFF");
  }
  const TiffDirectory directory(file);
  if (directory.cut() == TiffDirectory::Cut::entries && !is_uncompressed(directory)) {
    throw_cut_directory();  // Pillow reads what is compressed with libtiff
  }
  const TiffKind kind = read_kind(directory);
  const uint64_t width = need(directory, image_width, "its width");
  const uint64_t height = need(directory, image_length, "its height");
  const auto* xmp = directory.find(xmp_packet);
  const bool has_xmp = xmp && file.has(xmp->data_offset, xmp->count);
  ImageHeader tiff{.format = ImageFormat::tiff,
                   .width = int64_t(std::min<uint64_t>(width, INT32_MAX)),
                   .height = int64_t(std::min<uint64_t>(height, INT32_MAX)),
                   .orientation = find_orientation(
                       file.span(), has_xmp ? file.slice(xmp->data_offset, xmp->count)
                                            : std::span<const std::byte>()),
                   .bit_depth = int(kind.depth),
                   .grey = kind.photometric <= black_is_zero,
                   .by_library = needs_library(directory, kind)};
  if (width > 0 && height > 0) set_costs(directory, kind, tiff);
  return tiff;
}

/// Returns a file that libtiff reads as Pillow reads `file`, of which `directory` is a part.
CodecInput input_for_libtiff(ByteView file, const TiffDirectory& directory, const TiffKind& kind,
                             const TiffBlocks& blocks) {
  const Tag where = blocks.tiled ? tile_offsets : strip_offsets;
  if (directory.cut() == TiffDirectory::Cut::nothing && directory.find(photometric) &&
      blocks.offsets == directory.values(where)) {
    return CodecInput(file.span());
  }
  const uint16_t counts = blocks.tiled ? tile_byte_counts : strip_byte_counts;
  return CodecInput(with_new_directory(
      file, directory,
      {{photometric, {kind.photometric}}, {where, blocks.offsets}, {counts, blocks.byte_counts}}));
}

// Overwrites the tags that make libtiff apply some orientations and multiply colours by alpha.
CodecInput tiff_codec_input(ByteView file, const ImageHeader& header) {
  const TiffDirectory stored(file);
  const TiffKind kind = read_kind(stored);
  const TiffBlocks blocks = read_blocks(stored, kind, header);
  check_blocks(file, stored, kind, blocks, header);
  const CodecInput input = input_for_libtiff(file, stored, kind, blocks);
  std::vector<std::byte> out(input.bytes().begin(), input.bytes().end());
  const TiffDirectory directory(ByteView{out});
  patch(out, directory, orientation, 1);
  patch(out, directory, extra_samples, premultiplied_alpha);
  return CodecInput(std::move(out));
}

/// Returns the high bytes of the colour map, or nothing for a picture without one.
std::vector<uint8_t> palette_bytes(const TiffDirectory& directory, const TiffKind& kind) {
  std::vector<uint8_t> bytes;
  if (kind.photometric != indexed_colour) return bytes;
  for (const uint64_t value : directory.values(colour_map)) bytes.push_back(uint8_t(value >> 8));
  return bytes;
}

void decode_tiff(ByteView file, const ImageHeader& header, std::span<uint8_t> pixels) {
  const TiffDirectory directory(file);
  const TiffKind kind = read_kind(directory);
  const TiffBlocks blocks = read_blocks(directory, kind, header);
  check_blocks(file, directory, kind, blocks, header);
  const CodecInput input = input_for_libtiff(file, directory, kind, blocks);
  decode_tiff_by_library(ByteView(input.bytes()), kind, blocks, header.width,
                         palette_bytes(directory, kind), pixels);
}

}  // namespace

const FormatReader tiff_reader{ImageFormat::tiff, "TIFF",           is_tiff,
                               read_tiff_header,  tiff_codec_input, decode_tiff};

}  // namespace saccade
