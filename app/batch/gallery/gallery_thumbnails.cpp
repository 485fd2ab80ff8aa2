#include "app/batch/gallery/gallery_thumbnails.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>

#include "vision/decode/image.h"
#include "vision/overlay/panel.h"
#include "vision/overlay/picture_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kQuality = 80;
constexpr size_t kDigits = 16;

/// FNV-1a, 64 bits (Fowler, Noll and Vo; RFC 9923).
uint64_t hash_of(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

/// Returns nullopt if the file does not exist.
std::optional<uint64_t> identity_of(const GalleryPicture& picture, bool apply_exif) {
  struct stat found {};
  if (!picture.source || ::stat(picture.source->c_str(), &found) != 0) return std::nullopt;
  return hash_of(fmt::format("{} {} {}.{:09} {} ", GalleryThumbnails::kLongestSide, found.st_size,
                             found.st_mtim.tv_sec, found.st_mtim.tv_nsec, apply_exif) +
                 picture.name);
}

/// Parses the number in a thumbnail's file name (without extension); nullopt if it is not a
/// thumbnail's.
std::optional<uint64_t> number_of(const std::string& stem) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number, 16);
  const bool whole =
      stem.size() == kDigits && error == std::errc() && end == stem.data() + stem.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

GalleryThumbnails::GalleryThumbnails(const OutputFolder& folder, const fs::path& part,
                                     const GallerySettings& settings)
    : folder_(folder),
      part_(part),
      settings_(settings),
      decoder_({settings.memory, settings.max_pixels, settings.picture_timeout}, settings.stopped),
      threads_(settings.threads) {}

std::vector<std::string> GalleryThumbnails::make(const std::vector<GalleryPicture>& pictures) {
  std::vector<std::string> names(pictures.size());
  threads_.run([&] {
    oneapi::tbb::parallel_for(size_t{0}, pictures.size(),
                              [&](size_t i) { names[i] = make_one(pictures[i]); });
  });
  for (const std::string& name : names) {
    if (const auto number = number_of(name)) kept_.insert(*number);
  }
  return names;
}

std::string GalleryThumbnails::make_one(const GalleryPicture& picture) try {
  const auto identity = identity_of(picture, settings_.apply_exif);
  if (!identity) return "";
  const std::string name = fmt::format("{:0{}x}", *identity, kDigits);
  const fs::path file = part_ / name.substr(0, 2) / (name + ".jpg");
  if (folder_.has_file(file)) return name;
  if (settings_.stopped && settings_.stopped()) return "";
  const auto rgb = std::make_shared<cv::Mat>();
  const DecodeOptions decoding{settings_.max_pixels, 0, settings_.apply_exif};
  decoder_.run(*picture.source, [rgb, decoding](const ImageFile& source, uint64_t memory) {
    DecodeOptions within = decoding;
    within.max_memory = memory;
    *rgb = read_reduced_image(source, kLongestSide, within).rgb;
    if (std::max(rgb->rows, rgb->cols) > kLongestSide) {
      *rgb = fit_picture(*rgb, {kLongestSide, kLongestSide});
    }
  });
  const std::vector<uint8_t> jpeg = encode_picture(file, *rgb, kQuality);
  folder_.write(file, jpeg);
  return name;
} catch (const ImageError&) {
  return "";
} catch (const Interrupted&) {
  return "";
} catch (const std::bad_alloc&) {
  return "";
}

void GalleryThumbnails::remove_others() const {
  std::error_code ignored;
  folder_.make_folder(part_);  // no link to another folder
  for (fs::recursive_directory_iterator entry(folder_.path() / part_, ignored), end; entry != end;
       entry.increment(ignored)) {
    const auto number = number_of(entry->path().stem().string());
    if (number && entry->path().extension() == ".jpg" && !kept_.contains(*number)) {
      folder_.remove(entry->path().lexically_relative(folder_.path()));
    }
  }
}

}  // namespace saccade
