#include "vision/overlay/picture_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "vision/decode/codec_silence.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

struct Format {
  const char* extension;
  const char* name;
  int max_side;  // in pixels
  std::optional<int> quality_option;
};

constexpr size_t kPngHeader = 33;  // signature and IHDR

/// The chunk tEXt of a PNG: its length, its type, "Software", a NUL byte, "Saccade", and its CRC.
constexpr std::array<uint8_t, 28> kSoftware{0,   0,   0,   16,  't',  'E',  'X',  't', 'S', 'o',
                                            'f', 't', 'w', 'a', 'r',  'e',  0,    'S', 'a', 'c',
                                            'c', 'a', 'd', 'e', 0xe6, 0xc6, 0x59, 0xd8};

const std::vector<Format>& formats() {
  static const std::vector<Format> all{
      {".png", "PNG", 1 << 30, std::nullopt},
      {".jpg", "JPEG", 65500, cv::IMWRITE_JPEG_QUALITY},
      {".jpeg", "JPEG", 65500, cv::IMWRITE_JPEG_QUALITY},
      {".webp", "WebP", 16383, cv::IMWRITE_WEBP_QUALITY},
  };
  return all;
}

const Format& format_of(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(uint8_t(letter)));
  for (const Format& format : formats()) {
    if (extension == format.extension) return format;
  }
  throw UsageError(
      fmt::format("{}: the file name has no extension of a format that can be written; wanted "
                  ".png, .jpg, .jpeg or .webp",
                  file.string()));
}

std::vector<uint8_t> encode(const fs::path& file, const cv::Mat& pixels, const Format& format,
                            int quality) {
  if (std::max(pixels.rows, pixels.cols) > format.max_side) {
    throw ImageError(
        fmt::format("{}: a side of a {} may have at most {} pixels, but the picture has {}x{} "
                    "(width x height); "
                    "use --image-format png",
                    file.string(), format.name, format.max_side, pixels.cols, pixels.rows));
  }
  const CodecSilence silence;
  std::vector<int> options;
  if (format.quality_option) options = {*format.quality_option, quality};
  std::vector<uint8_t> bytes;
  bool encoded = false;
  try {
    encoded = cv::imencode(format.extension, pixels, bytes, options);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
  }
  if (!encoded) {
    throw SystemError(fmt::format("{}: cannot be written: OpenCV failed to encode it as {}",
                                  file.string(), format.name));
  }
  if (format.extension == formats().front().extension) {
    bytes.insert(bytes.begin() + kPngHeader, kSoftware.begin(), kSoftware.end());
  }
  return bytes;
}

}  // namespace

std::vector<uint8_t> encode_picture(const fs::path& file, const cv::Mat& rgb, int quality) {
  if (rgb.empty() || rgb.type() != CV_8UC3) {
    throw std::invalid_argument("encode_picture: the picture must be 8-bit RGB");
  }
  const Format& format = format_of(file);
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return encode(file, bgr, format, quality);
}

std::vector<uint8_t> encode_png16(std::span<const uint16_t> values, ImageSize size) {
  if (size.height < 1 || size.width < 1 ||
      static_cast<int64_t>(values.size()) != size.height * size.width) {
    throw std::invalid_argument("encode_png16: needs height x width values");
  }
  cv::Mat grey(static_cast<int>(size.height), static_cast<int>(size.width), CV_16UC1);
  std::copy(values.begin(), values.end(), grey.begin<uint16_t>());
  return encode("map.png", grey, formats().front(), 0);
}

bool begins_as_our_png(std::string_view head) {
  const std::string_view chunk(reinterpret_cast<const char*>(kSoftware.data()), kSoftware.size());
  return head.size() > kPngHeader && head.substr(kPngHeader).starts_with(chunk);
}

}  // namespace saccade
