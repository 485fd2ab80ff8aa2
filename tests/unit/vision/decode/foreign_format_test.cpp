#include "vision/decode/foreign_format.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace std::string_literals;
using test::as_bytes;

std::string name_of(const std::string& bytes) {
  return name_foreign_format(ByteView(as_bytes(bytes)));
}

std::string refusal_of(const std::string& bytes) {
  try {
    decode_image(as_bytes(bytes), "picture");
  } catch (const ImageError& error) {
    return error.what();
  }
  return "read";
}

std::string iso_media(const std::string& brand) {
  return "\0\0\0\x18"
         "ftyp"s +
         brand + "\0\0\0\1"s + brand + "avif" + std::string(200, '\0');
}

TEST(ForeignFormat, BrandsOfIsoMediaFiles) {
  EXPECT_EQ(name_of(iso_media("crx ")), "a Canon raw photo (CR3)");
  EXPECT_EQ(name_of(iso_media("avci")), "an HEIF picture of a rare kind");
  EXPECT_EQ(name_of(iso_media("jxl ")), "a JPEG XL picture");
  EXPECT_EQ(name_of(iso_media("jpx ")), "a JPEG 2000 picture");
  EXPECT_EQ(name_of(iso_media("M4A ")), "an audio file");
  for (const char* brand : {"isom", "mp42", "qt  ", "3gp4", "M4V ", "dash", "XAVC"}) {
    EXPECT_EQ(name_of(iso_media(brand)), "a video file") << brand;
  }
  EXPECT_EQ(name_of(iso_media("zzzz")), "an ISO media file of the brand 'zzzz'");
  EXPECT_EQ(name_of(iso_media("\1\2\3\4")), "an ISO media file of an unknown brand");
}

/// Brands of pictures without a picture: the error says what they are, and never "video".
TEST(ForeignFormat, BrandsOfPicturesAreNotVideos) {
  for (const char* brand :
       {"heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1", "miaf"}) {
    const std::string error = refusal_of(iso_media(brand));
    EXPECT_TRUE(error.find("HEIF") != error.npos || error.find("AVIF") != error.npos) << error;
    EXPECT_EQ(error.find("video"), error.npos) << error;
  }
  for (const char* brand : {"avif", "avis"}) {
    const std::string error = refusal_of(iso_media(brand));
    EXPECT_NE(error.find("AVIF"), error.npos) << error;
  }
}

TEST(ForeignFormat, ByFirstBytes) {
  EXPECT_EQ(name_of("8BPS\0\1"s), "a Photoshop document (PSD)");
  EXPECT_EQ(name_of("%PDF-1.7"), "a PDF document");
  EXPECT_EQ(name_of(std::string(128, '\0') + "DICM"), "a DICOM file");
  EXPECT_EQ(name_of("\xff\x0a"), "a JPEG XL picture");
  EXPECT_EQ(name_of("\0\0\0\x0cJXL \r\n\x87\n"s), "a JPEG XL picture");
  EXPECT_EQ(name_of("IIRO\x08\0"s), "an Olympus raw photo (ORF)");
  EXPECT_EQ(name_of("IIU\0\x18\0"s), "a Panasonic raw photo (RW2)");
  EXPECT_EQ(name_of("FUJIFILMCCD-RAW 0201"), "a Fujifilm raw photo (RAF)");
  EXPECT_EQ(name_of("RIFF\x10\0\0\0AVI LIST"s), "a video file (AVI)");
  EXPECT_EQ(name_of("version https://git-lfs.github.com/spec/v1\n"),
            "a Git LFS pointer, not the picture itself");
  EXPECT_EQ(name_of("plain text"), "not a picture of a known format");
}

/// A codestream and a container, as cjxl writes them.
TEST(ForeignFormat, JpegXlIsRefusedWithTheRemedy) {
  for (const std::string& start : {"\xff\x0a\xfa\x1f\x01\x90"s,
                                   "\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
                                   "ftypjxl \0\0\0\0jxl "s}) {
    EXPECT_EQ(
        refusal_of(start + std::string(40, '\0')),
        "picture: a JPEG XL picture; convert it to JPEG, PNG, WebP, TIFF, BMP, PNM, GIF, AVIF, "
        "HEIF or JPEG 2000");
  }
}

TEST(ForeignFormat, MarkUp) {
  EXPECT_EQ(name_of("<svg xmlns='http://www.w3.org/2000/svg'/>"), "an SVG drawing");
  EXPECT_EQ(name_of("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x -->\n<svg/>"), "an SVG drawing");
  EXPECT_EQ(name_of("\n<!DOCTYPE html><title>404</title>"), "an HTML page");
  EXPECT_EQ(name_of("<?xml version='1.0'?><a/>"), "an XML file");
  EXPECT_EQ(name_of("a < b, <svg"), "not a picture of a known format");
}

/// A little-endian TIFF of one directory. Entries are 12 bytes; the maker's text follows.
std::string raw_photo(const std::string& make, const std::string& entries, uint16_t count) {
  const std::string body = "II*\0\x08\0\0\0"s + char(count + 1) + '\0' + entries;
  const auto at = uint32_t(body.size() + 12 + 4);
  std::string file = body + "\x0f\1\2\0"s;
  for (const uint32_t value : {uint32_t(make.size()), at}) {
    for (int i = 0; i < 4; ++i) file += char(value >> (8 * i) & 0xFF);
  }
  return file + "\0\0\0\0"s + make;
}

TEST(ForeignFormat, CameraRaw) {
  const std::string thumbnail = "\xfe\0\4\0\1\0\0\0\1\0\0\0"s;  // NewSubfileType 1
  const std::string sub = "\x4a\1\4\0\1\0\0\0\0\0\0\0"s;        // SubIFDs
  const std::string mosaic = "\6\1\3\0\1\0\0\0\x23\x80\0\0"s;   // a colour filter array
  const std::string dng = "\x12\xc6\1\0\4\0\0\0\1\4\0\0"s;      // DNGVersion
  const auto error = [](const std::string& file) { return refusal_of(file); };
  EXPECT_NE(error(raw_photo("NIKON CORPORATION", thumbnail + sub, 2)).find("Nikon raw photo (NEF)"),
            std::string::npos);
  EXPECT_NE(error(raw_photo("SONY long", mosaic, 1)).find("Sony raw photo (ARW)"),
            std::string::npos);
  EXPECT_NE(error(raw_photo("Google", thumbnail + sub + dng, 3)).find("a raw photo (DNG)"),
            std::string::npos);
  EXPECT_NE(error("II*\0\x10\0\0\0CR\2\0"s + std::string(40, '\0')).find("(CR2)"),
            std::string::npos);
  EXPECT_EQ(name_camera_raw(ByteView(as_bytes(raw_photo("NIKON", "", 0)))), "");
}

}  // namespace
}  // namespace saccade
