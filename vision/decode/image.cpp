#include "vision/decode/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "vision/decode/codec_silence.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/image_header.h"
#include "weights/base/errors.h"
#include "weights/base/headroom.h"

namespace saccade {
namespace {

void check_size(const ImageHeader& header, const std::string& name, uint64_t file_bytes,
                const DecodeOptions& options) {
  const uint64_t pixels = uint64_t(header.width) * uint64_t(header.height);
  if (pixels > options.max_pixels) {
    throw ImageError(fmt::format("{}: {} x {} pixels is over the limit of {}; raise --max-pixels",
                                 name, header.width, header.height, options.max_pixels));
  }
  if (counted_pixels(header) > options.max_pixels) {
    throw ImageError(fmt::format(
        "{}: {} x {} pixels, in blocks that hold {}, over the limit of {}; raise --max-pixels",
        name, header.width, header.height, header.coded_pixels, options.max_pixels));
  }
  const uint64_t memory = decoding_memory(header, file_bytes);
  if (memory > options.max_memory) {
    throw ImageError(fmt::format("{}: decoding may need {} MiB, the start of the file says {}",
                                 name, (memory >> 20) + 1, (options.max_memory >> 20) + 1));
  }
}

/// A side divided as libjpeg does: rounded up.
int64_t shrunk(int64_t side, int divisor) { return (side + divisor - 1) / divisor; }

/// Returns 1, 2, 4 or 8: by how much the codec may divide both sides.
int codec_divisor(const ImageHeader& header, int64_t at_least) {
  if (header.format != ImageFormat::jpeg || at_least <= 0) return 1;
  int divisor = 8;
  while (divisor > 1 && shrunk(std::min(header.width, header.height), divisor) < at_least) {
    divisor /= 2;
  }
  return divisor;
}

int reduction_flag(int divisor) {
  if (divisor == 8) return cv::IMREAD_REDUCED_COLOR_8;
  if (divisor == 4) return cv::IMREAD_REDUCED_COLOR_4;
  return divisor == 2 ? cv::IMREAD_REDUCED_COLOR_2 : cv::IMREAD_COLOR;
}

/// Decodes with OpenCV to B,G,R, 8- or 16-bit.
cv::Mat decode_bgr(std::span<const std::byte> bytes, const ImageHeader& header, int divisor,
                   const std::string& name) {
  const std::string failure =
      fmt::format("{}: the {} data are damaged or of a kind that cannot be read", name,
                  reader_of(header.format).name);
  const int depth = header.bit_depth == 16 ? cv::IMREAD_ANYDEPTH : 0;
  cv::Mat bgr;
  require_headroom();
  try {
    const CodecSilence silence;
    const cv::Mat file(1, int(bytes.size()), CV_8UC1, const_cast<std::byte*>(bytes.data()));
    bgr = cv::imdecode(file, reduction_flag(divisor) | cv::IMREAD_IGNORE_ORIENTATION | depth);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
    throw ImageError(failure);
  }
  if (bgr.empty() || bgr.channels() != 3 || bgr.cols != shrunk(header.width, divisor) ||
      bgr.rows != shrunk(header.height, divisor)) {
    throw ImageError(failure);
  }
  return bgr;
}

/// Converts 16-bit samples to 8 bits as Pillow does: grey is clipped, colour keeps its high byte.
cv::Mat to_8_bits(const cv::Mat& wide, bool grey) {
  cv::Mat narrow;
  if (grey) {
    wide.convertTo(narrow, CV_8U);
    return narrow;
  }
  narrow.create(wide.size(), CV_8UC3);
  for (int y = 0; y < wide.rows; ++y) {
    const uint16_t* from = wide.ptr<uint16_t>(y);
    uint8_t* to = narrow.ptr<uint8_t>(y);
    for (int i = 0; i < wide.cols * 3; ++i) to[i] = uint8_t(from[i] >> 8);
  }
  return narrow;
}

/// Applies an EXIF orientation (EXIF 2.3, tag 274).
cv::Mat turn_upright(const cv::Mat& stored, int orientation) {
  constexpr int upside_down = 0, mirrored = 1, half_turn = -1;  // flip codes of cv::flip
  cv::Mat upright = orientation >= 5 ? cv::Mat(stored.t()) : stored;
  if (orientation == 2 || orientation == 6) cv::flip(upright, upright, mirrored);
  if (orientation == 3 || orientation == 7) cv::flip(upright, upright, half_turn);
  if (orientation == 4 || orientation == 8) cv::flip(upright, upright, upside_down);
  return upright;
}

/// Calls `part` of a format's reader, and puts the file's name before its errors.
template <typename Part>
auto with_name(const std::string& name, const Part& part) {
  try {
    return part();
  } catch (const ImageError& error) {
    throw ImageError(fmt::format("{}: {}", name, error.what()));
  }
}

/// Decodes with the format's own library.
cv::Mat decode_by_library(std::span<const std::byte> bytes, const ImageHeader& header,
                          const std::string& name) {
  cv::Mat rgb;
  try {
    rgb.create(int(header.height), int(header.width), CV_8UC3);
  } catch (const cv::Exception&) {
    throw ImageError(
        fmt::format("{}: not enough memory for {} x {} pixels", name, header.width, header.height));
  }
  const CodecSilence silence;
  with_name(name, [&] {
    reader_of(header.format)
        .decode(ByteView(bytes), header, std::span(rgb.data, rgb.total() * rgb.elemSize()));
  });
  return rgb;
}

/// Puts the codec's picture on a black canvas of the header's size.
cv::Mat on_canvas(const cv::Mat& picture, const CanvasPart& part, const ImageHeader& header) {
  cv::Mat canvas(int(header.height), int(header.width), CV_8UC3, cv::Scalar());
  picture.copyTo(canvas(cv::Rect(int(part.x), int(part.y), int(part.width), int(part.height))));
  return canvas;
}

/// Decodes with OpenCV, at 1/divisor of the size.
cv::Mat decode_by_opencv(std::span<const std::byte> bytes, const ImageHeader& header, int divisor,
                         const std::string& name) {
  const CodecInput input = with_name(
      name, [&] { return reader_of(header.format).make_codec_input(ByteView(bytes), header); });
  ImageHeader coded = header;
  if (input.part()) coded.width = input.part()->width, coded.height = input.part()->height;
  cv::Mat image = decode_bgr(input.bytes(), coded, divisor, name);
  if (image.depth() == CV_16U) image = to_8_bits(image, header.grey);
  cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return input.part() ? on_canvas(image, *input.part(), header) : image;
}

/// OpenCV runs on the thread that calls it: parallel pictures keep all processors busy, and a
/// thread that the system refuses to start is not the picture's fault.
void keep_opencv_on_one_thread() {
  [[maybe_unused]] static const bool done = (cv::setNumThreads(0), true);
}

ReducedImage decode(std::span<const std::byte> bytes, const std::string& name, int64_t at_least,
                    const DecodeOptions& options) {
  keep_opencv_on_one_thread();
  const ImageHeader header = read_image_header(bytes, name);
  check_size(header, name, bytes.size(), options);
  const cv::Mat image =
      header.by_library ? decode_by_library(bytes, header, name)
                        : decode_by_opencv(bytes, header, codec_divisor(header, at_least), name);
  const ImageSize stored{header.height, header.width};
  const bool always = header.format == ImageFormat::tiff || header.format == ImageFormat::heif;
  if (!options.apply_exif && !always) return {image, stored};
  const bool on_its_side = header.orientation >= 5;
  return {turn_upright(image, header.orientation),
          on_its_side ? ImageSize{stored.width, stored.height} : stored};
}

}  // namespace

cv::Mat decode_image(std::span<const std::byte> bytes, const std::string& name,
                     const DecodeOptions& options) {
  return decode(bytes, name, 0, options).rgb;
}

cv::Mat read_image(const std::filesystem::path& file, const DecodeOptions& options) {
  return decode(ImageFile(file).bytes(), file.string(), 0, options).rgb;
}

ReducedImage read_reduced_image(const ImageFile& file, int64_t at_least,
                                const DecodeOptions& options) {
  return decode(file.bytes(), file.name(), at_least, options);
}

}  // namespace saccade
