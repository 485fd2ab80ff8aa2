// Small files that would take much memory or time: each is refused, or read as quickly as others.
#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/slow_jpeg.h"
#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/hevc_size.h"
#include "vision/decode/image.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace std::string_literals;
using test::as_bytes;
using test::expect_error;
using test::fixture;

std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string big(uint64_t value, int bytes) {
  const std::string text = little(value, bytes);
  return {text.rbegin(), text.rend()};
}

std::string deflated(const std::string& text) {
  uLongf size = compressBound(uLong(text.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), uLong(text.size()));
  packed.resize(size);
  return packed;
}

ImageHeader header_of(const std::string& bytes) {
  return read_image_header(as_bytes(bytes), "picture");
}

/// Returns the seconds that `part` takes.
template <typename Part>
double seconds_of(const Part& part) {
  const auto begin = std::chrono::steady_clock::now();
  part();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void expect_refused(const std::string& bytes, std::initializer_list<std::string> reasons,
                    const DecodeOptions& options = {}) {
  // Far more than any takes, and far less than the files take without limits.
  EXPECT_LT(seconds_of([&] {
              expect_error<ImageError>([&] { decode_image(as_bytes(bytes), "picture", options); },
                                       reasons);
            }),
            5);
}

void expect_read(const std::string& bytes) {
  EXPECT_LT(seconds_of([&] { decode_image(as_bytes(bytes), "picture"); }), 5);
}

struct TiffTag {
  int tag, type;  // 3: 16 bits, 4: 32 bits
  uint64_t count, value;
};

/// A little-endian TIFF: `data` from byte 8 on, then the directory.
std::string tiff_of(const std::string& data, const std::vector<TiffTag>& tags) {
  std::string tiff = "II*\0"s + little(8 + data.size(), 4) + data + little(tags.size(), 2);
  for (const TiffTag& tag : tags) {
    tiff += little(uint64_t(tag.tag), 2) + little(uint64_t(tag.type), 2) + little(tag.count, 4) +
            little(tag.value, 4);
  }
  return tiff + little(0, 4);
}

/// A grey picture of 16 x 16 pixels in one tile, whose pixels are all 0.
std::string tiled_tiff(uint64_t side) {
  const std::string tile = deflated(std::string(side * side, '\0'));
  return tiff_of(tile, {{256, 4, 1, 16},
                        {257, 4, 1, 16},
                        {258, 3, 1, 8},
                        {259, 3, 1, 8},
                        {262, 3, 1, 1},
                        {277, 3, 1, 1},
                        {322, 4, 1, side},
                        {323, 4, 1, side},
                        {324, 4, 1, 8},
                        {325, 4, 1, tile.size()}});
}

TEST(HostileTiff, TilesCountAsPixelsAndAsMemory) {
  const std::string tiff = tiled_tiff(2048);
  const ImageHeader header = header_of(tiff);
  EXPECT_EQ(header.coded_pixels, 2048u * 2048u);
  EXPECT_GE(decoding_memory(header, tiff.size()), 2048u * 2048u);
  expect_read(tiff);
  expect_refused(tiff, {"16 x 16 pixels, in blocks that hold 4194304", "raise --max-pixels"},
                 {.max_pixels = 1'000'000});
  expect_refused(tiff, {"decoding may need", "MiB"}, {.max_memory = 1'000'000});
}

TEST(HostileTiff, OneUsualTileOfASmallPictureIsNoOffence) {
  const std::string tiff = tiled_tiff(256);
  EXPECT_EQ(counted_pixels(header_of(tiff)), 256u);
  EXPECT_NO_THROW(decode_image(as_bytes(tiff), "picture", {.max_pixels = 256}));
}

/// Every strip is the same: stored blocks of no bytes, then a pixel.
TEST(HostileTiff, StripsMayNotOverlapWithoutEnd) {
  constexpr uint64_t rows = 50'000;
  std::string packed = "\x78\x01";
  for (int i = 0; i < 20'000; ++i) packed += "\0\0\0\xff\xff"s;
  packed += deflated("x").substr(2);
  std::string data = packed;
  for (uint64_t i = 0; i < rows; ++i) data += little(8, 4);
  for (uint64_t i = 0; i < rows; ++i) data += little(packed.size(), 4);
  const std::string tiff = tiff_of(data, {{256, 4, 1, 1},
                                          {257, 4, 1, rows},
                                          {258, 3, 1, 8},
                                          {259, 3, 1, 8},
                                          {262, 3, 1, 1},
                                          {273, 4, rows, 8 + packed.size()},
                                          {277, 3, 1, 1},
                                          {278, 4, 1, 1},
                                          {279, 4, rows, 8 + packed.size() + 4 * rows}});
  expect_refused(tiff, {"strips overlap"});
}

TEST(HostileTiff, DirectoriesAreShort) {
  std::string tiff = "II+\0\x08\0\0\0"s + little(16, 8) + little(100'000, 8);
  tiff += std::string(100'000 * 20 + 8, '\0');
  expect_refused(tiff, {"a TIFF directory of 100000 entries"});
}

TEST(HostileJpeg, ScansTimesPixelsAreLimited) {
  EXPECT_NO_THROW(decode_image(as_bytes(test::slow_jpeg(64, 64, 1000)), "picture"));
  expect_refused(test::slow_jpeg(64, 64, 1001), {"more than 1000 scans, which 64 x 64"});
  EXPECT_NO_THROW(decode_image(as_bytes(test::slow_jpeg(8000, 4000, 32)), "picture"));
  expect_refused(test::slow_jpeg(8000, 4000, 33), {"more than 32 scans"});
}

TEST(HostileJpeg, TheCostCountsWholeUnits) {
  // One row of 4 components, of which the last has 16 blocks in each unit.
  const std::string jpeg =
      "\xff\xd8\xff\xc2\0\x14\x08\0\1\xff\0\4\1\x11\0\2\x11\0\3\x11\0\4\x44\0"s +
      "\xff\xda\0\x0e\4\1\0\2\0\3\0\4\0\0\0\0\xff\xd9"s;
  const uint64_t units = 0xFF00 / 32;
  EXPECT_GE(decoding_memory(header_of(jpeg), jpeg.size()), units * (16 + 3) * 128);
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string covered = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(covered.data()), uInt(covered.size()));
  return big(data.size(), 4) + covered + big(sum, 4);
}

/// rgb.png with `chunks` after its header.
std::string png_with(const std::string& chunks) {
  std::string png = fixture("rgb.png");
  return png.insert(8 + 25, chunks);
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(HostilePng, TextsAreLimitedAndOthersAreNotDecompressed) {
  const std::string bomb = deflated(std::string(1 << 20, 'x'));
  const auto text = [&](const std::string& keyword) {
    return png_chunk("zTXt", keyword + "\0\0"s + bomb);
  };
  expect_read(png_with(repeated(text("Comment"), 10'000)));
  expect_read(png_with(repeated(text("XML:com.adobe.xmp"), 60)));
  expect_refused(png_with(repeated(text("XML:com.adobe.xmp"), 65)), {"over 64 MiB of texts"});
}

TEST(HostilePng, ManyChunks) { expect_read(png_with(repeated(png_chunk("teXt", ""), 500'000))); }

TEST(HostileGif, ManyEmptyExtensions) {
  std::string gif = "GIF89a\1\0\1\0\0\0\0"s + repeated("!\xfe\0"s, 1'000'000);
  gif += ",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"s;
  expect_read(gif);
}

TEST(HostileWebP, ManyFrames) {
  std::string webp = fixture("animated.webp");
  const size_t at = webp.find("ANMF");
  const uint64_t length = 8 + uint8_t(webp[at + 4]) + 256 * uint8_t(webp[at + 5]);
  webp += repeated(webp.substr(at, length + length % 2), 50'000);
  webp.replace(4, 4, little(webp.size() - 8, 4));
  expect_read(webp);
}

TEST(HostilePnm, LongComments) {
  std::string pnm = "P5\n";
  for (int i = 0; i < 20'000; ++i) pnm += "#" + std::string(500, 'x') + "\n";
  expect_read(pnm + "1 1\n255\n?");
}

/// The headers of a codestream of one component: the sides, those of a tile, and the exponents of a
/// code-block.
std::string j2k_of(uint64_t side, uint64_t tile, int block) {
  const std::string exponent = big(uint64_t(block - 2), 1);
  const std::string sizes = big(0, 2) + big(side, 4) + big(side, 4) + big(0, 8) + big(tile, 4) +
                            big(tile, 4) + big(0, 8) + big(1, 2) + "\7\1\1";
  const std::string style = "\0\0"s + big(1, 2) + "\0\5"s + exponent + exponent + "\0\1"s;
  return "\xff\x4f\xff\x51"s + big(sizes.size() + 2, 2) + sizes + "\xff\x52" +
         big(style.size() + 2, 2) + style + "\xff\xd9";
}

TEST(HostileJpeg2000, TilesAndCodeBlocksCountAsMemory) {
  const auto cost = [](const std::string& bytes) {
    return decoding_memory(header_of(bytes), bytes.size());
  };
  const uint64_t usual = cost(j2k_of(4096, 4096, 6));
  EXPECT_LT(usual, 16u * 4096 * 4096);
  EXPECT_GT(cost(j2k_of(4096, 16, 6)), usual + 65536u * 6000 - (64 << 20));
  EXPECT_GT(cost(j2k_of(4096, 4096, 2)), usual + 600'000'000u);
  expect_refused(j2k_of(4096, 16, 6), {"decoding may need"}, {.max_memory = 100'000'000});
}

/// An HEVC configuration with the sequence parameters of a picture of these sides.
std::string hevc_configuration(uint64_t width, uint64_t height) {
  std::string bits(16 + 8 + 96, '0');  // the head, no further layers, profile and level
  const auto number = [&](uint64_t value) {
    std::string digits;
    for (++value; value > 0; value /= 2) digits.insert(digits.begin(), char('0' + value % 2));
    bits += std::string(digits.size() - 1, '0') + digits;
  };
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, width, height}) number(value);
  while (bits.size() % 8 != 0) bits += '1';
  std::string unit;
  int zeros = 0;
  for (size_t at = 0; at < bits.size(); at += 8) {
    const char byte = char(std::stoi(bits.substr(at, 8), nullptr, 2));
    if (zeros == 2 && uint8_t(byte) <= 3) unit += '\3', zeros = 0;
    unit += byte;
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return "hvcC"s + std::string(22, '\1') + "\1\x21\0\1"s + big(unit.size(), 2) + unit;
}

TEST(HostileHeif, TheSizeOfACodedPictureIsRead) {
  const std::string file = "...." + hevc_configuration(64, 48) + hevc_configuration(16384, 8192);
  EXPECT_EQ(largest_hevc_picture(ByteView(as_bytes(file))), 16384u * 8192u);
  for (size_t kept = 0; kept < 50; ++kept) {
    EXPECT_EQ(largest_hevc_picture(ByteView(as_bytes(file.substr(0, kept)))), 0u) << kept;
  }
}

TEST(HostileHeif, RealPicturesAreAsLargeAsTheySay) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::wild_path(""))) {
    if (entry.path().extension() != ".heic") continue;
    const std::string bytes = test::file_text(entry.path());
    const uint64_t coded = largest_hevc_picture(ByteView(as_bytes(bytes)));
    EXPECT_GT(coded, 0u) << entry.path();
    EXPECT_LE(coded, 512u * 512u) << entry.path();
    ++seen;
  }
  EXPECT_GT(seen, 0);
}

TEST(HostilePictures, TheTwoOfTheAttackAreRefused) {
  SACCADE_NEED_SHARED("cases/hostile");
  const auto folder = test::shared_path("cases/hostile");
  const std::string tile = test::file_text(folder / "tile8.tif");
  expect_refused(tile, {"in blocks that hold 268435456", "raise --max-pixels"});
  expect_refused(tile, {"decoding may need"},
                 {.max_pixels = 1'000'000'000, .max_memory = 500'000'000});
  expect_refused(test::file_text(folder / "scans.jpg"), {"scans"});
}

}  // namespace
}  // namespace saccade
