#include "app/maps/map_maker.h"

#include <algorithm>
#include <stdexcept>

#include "model/explain/contrast.h"

namespace saccade {
namespace {

constexpr int64_t kMostPictures = 8;
constexpr uint64_t kMostRecordedBytes = uint64_t{256} << 20;

}  // namespace

MapMaker::MapMaker(const VitDescription& vit, ImageSize input, InferenceContext& model,
                   const MapRequest& request)
    : vit_(vit), input_(input), grid_(vit.tokens.grid(input)), model_(model), request_(request) {}

int64_t MapMaker::batch_limit() const {
  // The method "saccade" first uses the recorded pass of run(), then records shifted pictures. For
  // a single picture, run() thus saves one recorded pass; in a batch it could not.
  if (request_.wants(MapMethod::saccade)) return 1;
  if (!request_.wants_gradients()) return kMostPictures;
  const auto fitting =
      static_cast<int64_t>(kMostRecordedBytes / InferenceContext::recorded_bytes(
                                                    vit_, input_, model_.model()->precision()));
  return std::clamp<int64_t>(fitting, 1, kMostPictures);
}

void MapMaker::run(std::span<const float> pixels, int64_t batch, std::span<float> logits,
                   Observer* also) {
  std::vector<Observer*> observers;
  if (also) observers.push_back(also);
  if (request_.wants(MapMethod::attention)) {
    attention_ = std::make_unique<AttentionRows>(vit_, batch, request_.rows, request_.layers);
    observers.push_back(attention_.get());
  }
  if (request_.wants(MapMethod::rollout)) {
    const auto tokens = static_cast<int64_t>(request_.rows.size());
    rollout_ = std::make_unique<Rollout>(vit_, tokens, batch, request_.rollout_fusion,
                                         request_.discard_ratio);
    observers.push_back(rollout_.get());
  }
  Observers all(observers);
  Observer* observer = observers.empty() ? nullptr : &all;
  pixels_ = pixels;
  logits_ = logits;
  batch_ = batch;
  recorded_ = false;
  if (!request_.wants_gradients()) return model_.forward(pixels, batch, logits, observer);
  model_.record(pixels, batch, logits, observer);
  recorded_ = true;
}

/// The method "saccade" may have recorded other passes since run().
void MapMaker::record_again() {
  if (recorded_) return;
  model_.record(pixels_, batch_, logits_);
  recorded_ = true;
}

std::vector<std::vector<float>> MapMaker::maps(int64_t image, const std::vector<MapId>& ids) {
  std::vector<std::vector<float>> maps(ids.size());
  std::vector<size_t> own;  // of the method "saccade": last, since it records other passes
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i].method == MapMethod::saccade) {
      own.push_back(i);
    } else {
      maps[i] = drop_prefix(vit_, row(image, ids[i]));
    }
  }
  for (const int64_t shift : grid_placements(vit_.tokens.patch)) {
    if (own.empty()) break;
    place_grid(image, shift);
    for (const size_t i : own) add_placement(image, ids[i], shift, maps[i]);
  }
  return maps;
}

/// The row of one method over the tokens, [T].
std::vector<float> MapMaker::row(int64_t image, const MapId& id) {
  switch (id.method) {
    case MapMethod::saccade:
      throw std::logic_error("the method saccade is made of placements, not of one row");
    case MapMethod::relevance: {
      record_again();
      Relevance relevance(vit_, request_.rows);
      model_.backward(image, target(id), relevance);
      return {relevance.row().begin(), relevance.row().end()};
    }
    case MapMethod::gradcam: {
      record_again();
      GradCam gradcam(vit_);
      model_.backward(image, target(id), gradcam);
      return {gradcam.row().begin(), gradcam.row().end()};
    }
    case MapMethod::rollout:
      return rollout_->row(image, request_.rows);
    case MapMethod::attention:
      return attention(image, id);
  }
  throw std::logic_error("a method without maps");
}

/// Records the picture shifted by `shift` pixels, unless the last run() recorded just that.
void MapMaker::place_grid(int64_t image, int64_t shift) {
  if (shift == 0 && batch_ == 1 && recorded_) return;
  moved_.resize(pixels_.size() / static_cast<size_t>(batch_));
  moved_logits_.resize(static_cast<size_t>(vit_.head.classes));
  const auto first = static_cast<size_t>(image) * moved_.size();
  move_picture(pixels_.subspan(first, moved_.size()), vit_.tokens.channels, input_, shift, moved_);
  recorded_ = false;
  model_.record(moved_, 1, moved_logits_);
}

/// Adds one placement's share to a map of the method "saccade": relevance for the contrast of the
/// class with its rivals, with conservative gradients.
void MapMaker::add_placement(int64_t image, const MapId& id, int64_t shift,
                             std::vector<float>& map) {
  const auto classes = static_cast<size_t>(vit_.head.classes);
  const auto logits = logits_.subspan(static_cast<size_t>(image) * classes, classes);
  Relevance relevance(vit_, request_.rows);
  model_.backward(0, id.versus ? target(id) : contrast_target(logits, *id.class_index), relevance,
                  GradientRule::conservative);
  const std::vector<float> placed = move_map_back(drop_prefix(vit_, relevance.row()), grid_,
                                                  double(shift) / double(vit_.tokens.patch));
  map.resize(placed.size(), 0);
  const auto placements = static_cast<float>(grid_placements(vit_.tokens.patch).size());
  for (size_t i = 0; i < map.size(); ++i) map[i] += placed[i] / placements;
}

/// Selects the class's logit, or its difference from the other class's logit. [classes]
std::vector<float> MapMaker::target(const MapId& id) const {
  std::vector<float> target(static_cast<size_t>(vit_.head.classes), 0);
  target[static_cast<size_t>(*id.class_index)] = 1;
  if (id.versus) target[static_cast<size_t>(*id.versus)] = -1;
  return target;
}

std::vector<float> MapMaker::attention(int64_t image, const MapId& id) const {
  if (!id.heads->head) return attention_->fused(image, *id.layer, id.heads->fusion);
  const auto row = attention_->row(image, *id.layer, *id.heads->head);
  return {row.begin(), row.end()};
}

}  // namespace saccade
