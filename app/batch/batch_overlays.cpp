#include "app/batch/batch_overlays.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "app/batch/sorted_folders.h"
#include "app/results/json_values.h"
#include "vision/decode/image.h"
#include "vision/overlay/atomic_file.h"
#include "vision/overlay/overlay.h"
#include "vision/overlay/panel.h"
#include "vision/overlay/picture_file.h"
#include "weights/base/digest.h"
#include "weights/base/errors.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kLongest = 1024;  // of an overlay's longer side, in pixels
constexpr int kQuality = 90;

MapRequest request_for(MapMethod method, const Checkpoint& checkpoint) {
  MapOptions options;
  options.methods = {method};
  return map_request(options, checkpoint.config, checkpoint.input_size());
}

/// Whether `file` can be created. Creates its parent folders, unless a file is in their place.
bool can_create(const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const bool blocked = error == std::errc::not_a_directory || error == std::errc::file_exists ||
                       error == std::errc::filename_too_long;
  return !blocked && !fs::is_directory(file, error);
}

/// The overlay's path relative to `folder`. Names that are too long or not UTF-8 are replaced by
/// their SHA-256.
fs::path overlay_file(const fs::path& folder, const std::string& name) {
  constexpr size_t kLongestName = 200;  // bytes; leaves room for the endings of temporary files
  fs::path file = "overlays" / inner_path(name);
  file += ".jpg";
  if (is_utf8(name) && file.filename().native().size() <= kLongestName &&
      can_create(folder / file)) {
    return file;
  }
  file = "overlays" / fs::path("_other") / (hexadecimal(sha256(name)).substr(0, 32) + ".jpg");
  can_create(folder / file);
  return file;
}

}  // namespace

BatchOverlays::BatchOverlays(const fs::path& folder, MapMethod method, const Checkpoint& checkpoint,
                             const PredictionOptions& options)
    : folder_(folder),
      checkpoint_(checkpoint),
      options_(options),
      request_(request_for(method, checkpoint)) {}

void BatchOverlays::write(PipelineItem& picture, const std::string& source, const std::string& name,
                          PictureDecoder& decoder) const {
  const PatchMap& map = picture.maps.front();
  const fs::path file = overlay_file(folder_, name);
  const ImageSize input = checkpoint_.input_size();
  const VitDescription& vit = checkpoint_.config.vit;
  try {
    const auto read = std::make_shared<ReducedImage>();
    const DecodeOptions decoding{options_.max_pixels, 0, checkpoint_.config.recipe.apply_exif};
    decoder.run(source, [read, decoding](const ImageFile& opened, uint64_t bytes) {
      DecodeOptions within = decoding;
      within.max_memory = bytes;
      *read = read_reduced_image(opened, kLongest, within);
      read->rgb = fit_picture(read->rgb, {kLongest, kLongest});
    });
    const cv::Mat& rgb = read->rgb;
    const SourceRect seen = picture.seen.scaled(double(rgb.cols) / double(read->full.width),
                                                double(rgb.rows) / double(read->full.height));
    const SourceRect covered = grid_rect(seen, input, vit.tokens.grid(input), vit.tokens.patch);
    const cv::Mat drawn = overlay(rgb, map.values, vit.tokens.grid(input), covered, {});
    const std::vector<uint8_t> jpeg = encode_picture(file, drawn, kQuality);
    write_file_atomically(folder_ / file, std::as_bytes(std::span(jpeg)));
  } catch (const ImageError& error) {
    picture.result = {picture.result.file, {}, error.what()};
    return;
  }
  picture.result.written = WrittenFiles{{{map.id, file.string(), ""}}, "", ""};
}

}  // namespace saccade
