#include "vision/picture_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "vision/codec_silence.h"
#include "weights/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

struct Format {
  const char* ending;
  const char* name;
  int largest_side;  // that the format can hold
  std::vector<int> options;
};

const std::vector<Format>& formats() {
  static const std::vector<int> jpeg_options{cv::IMWRITE_JPEG_QUALITY, 95};
  static const std::vector<Format> all{
      {".png", "PNG", 1 << 30, {}},
      {".jpg", "JPEG", 65500, jpeg_options},
      {".jpeg", "JPEG", 65500, jpeg_options},
      {".webp", "WebP", 16383, {cv::IMWRITE_WEBP_QUALITY, 95}},
  };
  return all;
}

const Format& format_of(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& letter : ending) letter = static_cast<char>(std::tolower(uint8_t(letter)));
  for (const Format& format : formats()) {
    if (ending == format.ending) return format;
  }
  throw UsageError(
      fmt::format("{}: the name's ending says no format that can be written; wanted "
                  ".png, .jpg, .jpeg or .webp",
                  file.string()));
}

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw SystemError(fmt::format("{}: cannot be written: {}", file.string(), why));
}

[[noreturn]] void fail(const fs::path& file, int error) {
  fail(file, std::generic_category().message(error));
}

std::vector<uint8_t> encode(const fs::path& file, const cv::Mat& pixels, const Format& format) {
  if (std::max(pixels.rows, pixels.cols) > format.largest_side) {
    fail(file, fmt::format("{} holds no more than {} pixels a side, and the picture has {}x{} "
                           "(width x height); write a .png",
                           format.name, format.largest_side, pixels.cols, pixels.rows));
  }
  const CodecSilence silence;
  std::vector<uint8_t> bytes;
  bool encoded = false;
  try {
    encoded = cv::imencode(format.ending, pixels, bytes, format.options);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
  }
  if (!encoded) fail(file, fmt::format("OpenCV refuses to make a {} of it", format.name));
  return bytes;
}

/// A new file beside the one to be; gone at the end unless it took that one's name.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& file) : file_(file) {
    static std::atomic<unsigned> number{0};
    do {
      part_ = file.parent_path() / fmt::format(".saccade-{}-{}.part", ::getpid(), number++);
      descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);  // an earlier process of this number died
    if (descriptor_ < 0) fail(file_, errno);
  }

  ~PartialFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!part_.empty()) ::unlink(part_.c_str());
  }

  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void write(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(file_, errno);
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
  }

  void finish() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) fail(file_, errno);  // some network file systems fail only here
    if (::rename(part_.c_str(), file_.c_str()) != 0) fail(file_, errno);
    part_.clear();
  }

 private:
  fs::path file_;
  fs::path part_;
  int descriptor_ = -1;
};

void write_file(const fs::path& file, std::span<const uint8_t> bytes) {
  PartialFile part(file);
  part.write(bytes);
  part.finish();
}

}  // namespace

void check_picture_name(const fs::path& file) { format_of(file); }

std::vector<uint8_t> encode_picture(const fs::path& file, const cv::Mat& rgb) {
  if (rgb.empty() || rgb.type() != CV_8UC3) {
    throw std::invalid_argument("write_picture: wants 8-bit RGB pixels");
  }
  const Format& format = format_of(file);
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return encode(file, bgr, format);
}

void write_picture(const fs::path& file, const cv::Mat& rgb) {
  write_file(file, encode_picture(file, rgb));
}

void write_png16(const fs::path& file, std::span<const uint16_t> values, ImageSize size) {
  if (size.height < 1 || size.width < 1 ||
      static_cast<int64_t>(values.size()) != size.height * size.width) {
    throw std::invalid_argument("write_png16: wants height x width values");
  }
  cv::Mat grey(static_cast<int>(size.height), static_cast<int>(size.width), CV_16UC1);
  std::copy(values.begin(), values.end(), grey.begin<uint16_t>());
  write_file(file, encode(file, grey, formats().front()));
}

}  // namespace saccade
