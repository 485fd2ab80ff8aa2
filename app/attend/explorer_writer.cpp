#include "app/attend/explorer_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/attend/attention_store.h"
#include "app/maps/map_caption.h"
#include "app/predict/predictions.h"
#include "vision/overlay/overlay.h"
#include "vision/overlay/panel.h"
#include "vision/overlay/picture_file.h"

namespace saccade {
namespace {

constexpr int64_t kClasses = 5;
constexpr int kLargestSide = 1400;  // of the photo in the page, in pixels

PredictionOptions five_best(PredictionOptions options) {
  options.topk = kClasses;
  options.score_threshold.reset();
  return options;
}

/// Every method except attention, which the page has layer by layer.
MapOptions page_maps(MapOptions options) {
  options.methods = {kAllMapMethods.begin(), kAllMapMethods.end()};
  std::erase(options.methods, MapMethod::attention);
  options.classes = "top" + std::to_string(kClasses);
  options.versus.reset();
  options.query.reset();
  return options;
}

ExplorerPhoto photo_of(const cv::Mat& rgb) {
  const bool large = std::max(rgb.cols, rgb.rows) > kLargestSide;
  const cv::Mat shown = large ? fit_picture(rgb, {kLargestSide, kLargestSide}) : rgb;
  const auto bytes = encode_picture("photo.jpg", shown);
  const auto begin = reinterpret_cast<const std::byte*>(bytes.data());
  return {{begin, begin + bytes.size()}, {shown.rows, shown.cols}};
}

}  // namespace

ExplorerWriter::ExplorerWriter(const AttendOptions& options, const Checkpoint& checkpoint,
                               InferenceContext& model, const MapFiles& files)
    : options_(five_best(options)),
      colour_map_(options.files.style.colormap),
      checkpoint_(checkpoint),
      files_(files),
      grid_(checkpoint.config.vit.tokens.grid(checkpoint.input_size())),
      request_(map_request(page_maps(options.maps), checkpoint.config, checkpoint.input_size())),
      maker_(checkpoint.config.vit, checkpoint.input_size(), model, request_) {}

std::string ExplorerWriter::write(const MappedPicture& picture, std::span<const float> pixels) {
  const std::filesystem::path file = files_.file(picture.index, "_explorer.html");
  const VitDescription& vit = checkpoint_.config.vit;
  ExplorerData data = describe(picture);
  const size_t maps = 1 + 3 * kClasses;
  AttentionStore store(vit, vit.tokens.count(checkpoint_.input_size()),
                       explorer_attention_budget(data.photo.jpeg.size(), maps, grid_));
  std::vector<float> logits(static_cast<size_t>(vit.head.classes));
  maker_.run(pixels, 1, logits, &store);
  data.predictions = predictions(logits, picture.file, checkpoint_.config, options_);
  data.methods = methods(logits);
  const std::string page = explorer_page(data, store);
  return files_.write(file, page);
}

/// The data that is known before the forward pass.
ExplorerData ExplorerWriter::describe(const MappedPicture& picture) const {
  const ModelConfig& config = checkpoint_.config;
  const cv::Mat& rgb = picture.picture.rgb;
  const SourceRect covered =
      grid_rect(picture.picture.seen, checkpoint_.input_size(), grid_, config.vit.tokens.patch);
  ExplorerData data;
  data.model = short_name(checkpoint_.name);
  data.file = short_name(picture.file);
  data.photo = photo_of(rgb);
  data.grid = grid_;
  data.covered = {covered.x / rgb.cols, covered.y / rgb.rows, covered.width / rgb.cols,
                  covered.height / rgb.rows};
  data.probabilities = score_activation(config, options_) != ScoreActivation::none;
  if (config.vit.tokens.cls_token) data.prefix.push_back("CLS");
  if (config.vit.tokens.dist_token) data.prefix.push_back("distillation");
  for (int64_t i = 1; i <= config.vit.tokens.registers; ++i) {
    data.prefix.push_back(fmt::format("register {}", i));
  }
  data.head_rows = request_.rows;
  data.colour_map = colour_map_;
  return data;
}

std::vector<ExplorerMethod> ExplorerWriter::methods(std::span<const float> logits) {
  std::vector<ExplorerMethod> methods;
  const std::vector<MapId> ids = maps_of(request_, logits);
  std::vector<std::vector<float>> maps = maker_.maps(0, ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::string name(name_of(ids[i].method));
    if (methods.empty() || methods.back().name != name) {
      methods.push_back({name, is_class_specific(ids[i].method), {}});
    }
    methods.back().maps.push_back(std::move(maps[i]));
  }
  return methods;
}

}  // namespace saccade
