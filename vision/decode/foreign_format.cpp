#include "vision/decode/foreign_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "vision/decode/tiff_directory.h"

namespace saccade {
namespace {

using namespace std::string_view_literals;

/// ISO base media files (ISO/IEC 14496-12) by their major brand.
std::string name_of_brand(std::string_view brand) {
  struct Kind {
    std::string_view brands, name;  // brands of four characters, one after another
  };
  constexpr Kind kinds[] = {
      {"crx ", "a Canon raw photo (CR3)"},
      {"heicheixheimheishevchevxhevmhevsmif1mif2mif3msf1miafMiHBMiHAMiHE", "an HEIF picture"},
      {"avifavisavioMA1BMA1A", "an AVIF picture"},
      {"avciavcsjpegjpgsj2kij2isvvicvvisevbievmievbsevmsunif", "an HEIF picture of a rare kind"},
      {"jp2 jpx jpm jphj", "a JPEG 2000 picture"},
      {"jph ", "a JPEG 2000 picture"},
      {"jxl ", "a JPEG XL picture"},
      {"M4A M4B M4P F4A F4B ", "an audio file"},
      {"qt  isomiso2iso3iso4iso5iso6iso7iso8iso9isoamp41mp42mp71avc1M4V M4VHM4VPF4V F4P dashmsdh"
       "msixMSNVXAVCNDSCNDASNDSHNDXPniko3gp43gp53gp63gp73gp83gp93gr63gs63ge63ge73gg63g2a3g2b3g2c"
       "mmp4mqt mj2smjp2dvr1cmfccmffcmfsf4v da0aav01hvc1hev1CAEPcaqvkddi",
       "a video file"},
  };
  for (const Kind& kind : kinds) {
    for (size_t at = 0; at + 4 <= kind.brands.size(); at += 4) {
      if (kind.brands.substr(at, 4) == brand) return std::string(kind.name);
    }
  }
  const bool printable =
      std::all_of(brand.begin(), brand.end(), [](char c) { return std::isprint(uint8_t(c)) != 0; });
  return printable ? fmt::format("an ISO media file of the brand '{}'", brand)
                   : "an ISO media file of an unknown brand";
}

struct Magic {
  uint64_t offset;
  std::string_view bytes, name;
};

constexpr Magic magics[] = {
    {4, "jP  \r\n"sv, "a JPEG 2000 picture"},
    {4, "JXL \r\n"sv, "a JPEG XL picture"},
    {0, "\xff\x0a"sv, "a JPEG XL picture"},
    {0, "GIF8"sv, "a GIF picture"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "8BPS"sv, "a Photoshop document (PSD)"},
    {128, "DICM"sv, "a DICOM file"},
    {0, "IIRO"sv, "an Olympus raw photo (ORF)"},
    {0, "IIRS"sv, "an Olympus raw photo (ORF)"},
    {0, "MMOR"sv, "an Olympus raw photo (ORF)"},
    {0, "IIU\0"sv, "a Panasonic raw photo (RW2)"},
    {0, "FUJIFILMCCD-RAW"sv, "a Fujifilm raw photo (RAF)"},
    {0, "FOVb"sv, "a Sigma raw photo (X3F)"},
    {0, "\0MRM"sv, "a Minolta raw photo (MRW)"},
    {6, "HEAPCCDR"sv, "a Canon raw photo (CRW)"},
    {0, "II\xbc"sv, "a JPEG XR picture"},
    {0, "\0\0\1\0"sv, "an icon (ICO)"},
    {0, "\0\0\2\0"sv, "a cursor (CUR)"},
    {0, "icns"sv, "an icon (ICNS)"},
    {0, "%!PS"sv, "a PostScript file"},
    {0, "\xc5\xd0\xd3\xc6"sv, "a PostScript file (EPS)"},
    {0, "v/1\1"sv, "an OpenEXR picture"},
    {0, "#?RADIANCE"sv, "a Radiance HDR picture"},
    {0, "#?RGBE"sv, "a Radiance HDR picture"},
    {0, "DDS "sv, "a DirectDraw texture (DDS)"},
    {0, "qoif"sv, "a QOI picture"},
    {0, "SIMPLE  ="sv, "a FITS file"},
    {0, "gimp xcf"sv, "a GIMP file (XCF)"},
    {0, "BPG\xfb"sv, "a BPG picture"},
    {0, "FLIF"sv, "a FLIF picture"},
    {0, "\xd7\xcd\xc6\x9a"sv, "a Windows metafile"},
    {0, "\x01\xda\0\1"sv, "an SGI picture"},
    {0, "\x01\xda\1\1"sv, "an SGI picture"},
    {0, "\x59\xa6\x6a\x95"sv, "a Sun raster picture"},
    {0, "\x89HDF\r\n"sv, "an HDF5 file"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "\0\5\x16\7"sv, "an AppleDouble file (what macOS keeps beside a file)"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer, not the picture itself"},
    {0, "\x1a\x45\xdf\xa3"sv, "a video file (Matroska or WebM)"},
    {0, "FLV\1"sv, "a video file"},
    {0, "OggS"sv, "a video or audio file (Ogg)"},
    {0, "\0\0\1\xba"sv, "a video file (MPEG)"},
    {0, "\0\0\1\xb3"sv, "a video file (MPEG)"},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, "a video file (ASF)"},
    {4, "moov"sv, "a video file (QuickTime)"},
    {4, "mdat"sv, "a video file (QuickTime)"},
    {4, "wide"sv, "a video file (QuickTime)"},
    {0, "ID3"sv, "an audio file"},
    {0, "PK\3\4"sv, "a ZIP archive"},
    {0, "\x1f\x8b"sv, "a gzip archive"},
};

/// A mark-up file by its first tag: SVG, or the page that a server sent in place of a picture.
std::string name_of_markup(ByteView file) {
  std::string head(file.text(0, std::min<uint64_t>(file.size(), 1024)));
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return char(std::tolower(uint8_t(c))); });
  if (head.starts_with("\xef\xbb\xbf")) head.erase(0, 3);
  const size_t start = head.find_first_not_of(" \t\r\n");
  if (start == head.npos || head[start] != '<') return "";
  if (head.find("<svg") != head.npos) return "an SVG drawing";
  if (head.find("<html") != head.npos || head.find("<!doctype html") != head.npos) {
    return "an HTML page";
  }
  return head.compare(start, 5, "<?xml") == 0 ? "an XML file" : "";
}

std::string name_of_riff(ByteView file) {
  if (file.matches(8, "AVI ")) return "a video file (AVI)";
  if (file.matches(8, "WAVE")) return "an audio file";
  return "";
}

/// Returns the text of a tag, without zeros at its end.
std::string tag_text(ByteView file, const TiffDirectory& directory, uint16_t tag) {
  const auto* entry = directory.find(tag);
  if (!entry || entry->type != 2) return "";
  std::string text(file.text(entry->data_offset, entry->count));
  return text.substr(0, text.find('\0'));
}

}  // namespace

std::string name_foreign_format(ByteView file) {
  if (file.matches(4, "ftyp") && file.has(8, 4)) return name_of_brand(file.text(8, 4));
  for (const Magic& magic : magics) {
    if (file.matches(magic.offset, magic.bytes)) return std::string(magic.name);
  }
  if (file.matches(0, "RIFF")) {
    if (std::string name = name_of_riff(file); !name.empty()) return name;
  }
  if (std::string name = name_of_markup(file); !name.empty()) return name;
  return "not a picture of a known format";
}

std::string name_camera_raw(ByteView tiff) {
  constexpr uint16_t new_subfile_type = 254, photometric = 262, make = 271, sub_directories = 330,
                     dng_version = 50706;
  constexpr uint64_t reduced = 1, colour_filter_array = 32803, linear_raw = 34892;
  if (tiff.matches(8, "CR\2")) return "a Canon raw photo (CR2)";
  const TiffDirectory directory(tiff);
  const uint64_t kind = directory.value(photometric).value_or(0);
  const bool raw_pixels = kind == colour_filter_array || kind == linear_raw;
  const bool thumbnail = directory.find(sub_directories) &&
                         (directory.value(new_subfile_type).value_or(0) & reduced) != 0;
  if (!raw_pixels && !thumbnail) return "";
  if (directory.find(dng_version)) return "a raw photo (DNG)";
  const std::string maker = tag_text(tiff, directory, make);
  constexpr std::pair<std::string_view, std::string_view> makers[] = {
      {"NIKON", "a Nikon raw photo (NEF)"},
      {"SONY", "a Sony raw photo (ARW)"},
      {"PENTAX", "a Pentax raw photo (PEF)"},
      {"SAMSUNG", "a Samsung raw photo (SRW)"},
      {"KODAK", "a Kodak raw photo (DCR)"},
      {"EPSON", "an Epson raw photo (ERF)"},
      {"Hasselblad", "a Hasselblad raw photo"},
      {"Phase One", "a Phase One raw photo"},
      {"Canon", "a Canon raw photo"}};
  for (const auto& [start, name] : makers) {
    if (maker.starts_with(start)) return std::string(name);
  }
  return raw_pixels ? "a camera raw photo" : "";
}

}  // namespace saccade
