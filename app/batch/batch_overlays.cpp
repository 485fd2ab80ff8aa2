#include "app/batch/batch_overlays.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "app/batch/inner_path.h"
#include "app/results/json_values.h"
#include "vision/decode/image.h"
#include "vision/overlay/overlay.h"
#include "vision/overlay/panel.h"
#include "vision/overlay/picture_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kLongest = 1024;  // of an overlay's longer side, in pixels
constexpr int kQuality = 90;
constexpr const char* kOverlays = "overlays";

MapRequest request_for(MapMethod method, const Checkpoint& checkpoint) {
  MapOptions options;
  options.methods = {method};
  return map_request(options, checkpoint.config, checkpoint.input_size());
}

}  // namespace

BatchOverlays::BatchOverlays(const OutputFolder& folder, MapMethod method,
                             const Checkpoint& checkpoint, const PredictionOptions& options)
    : folder_(folder),
      checkpoint_(checkpoint),
      options_(options),
      request_(request_for(method, checkpoint)) {
  folder.make_folder(kOverlays);
}

void BatchOverlays::write(PipelineItem& picture, const std::string& source, const std::string& name,
                          PictureDecoder& decoder) const {
  const PatchMap& map = picture.maps.front();
  const fs::path file = picture_path(folder_, kOverlays, name, ".jpg", true);
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
    folder_.write(file, jpeg);
  } catch (const ImageError& error) {
    picture.result = {picture.result.file, {}, error.what()};
    return;
  }
  picture.result.written = WrittenFiles{{{map.id, file.string(), ""}}, "", ""};
}

}  // namespace saccade
