#include "app/map_maker.h"

#include <algorithm>

#include "model/contrast.h"

namespace saccade {
namespace {

constexpr int64_t kMostPictures = 8;
constexpr size_t kMostRecordedBytes = size_t{256} << 20;

}  // namespace

MapMaker::MapMaker(const VitDescription& vit, ImageSize input, VisionTransformer& model,
                   const MapRequest& request)
    : vit_(vit), input_(input), grid_(vit.grid(input)), model_(model), request_(request) {}

int64_t MapMaker::batch_limit() const {
  if (!request_.wants_gradients()) return kMostPictures;
  if (request_.wants(MapMethod::saccade)) return 1;  // each would make the others be recorded anew
  const auto fitting = static_cast<int64_t>(kMostRecordedBytes / model_.recorded_bytes());
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
  recorded_ = request_.wants_gradients();
  if (recorded_) {
    model_.record(pixels, batch, logits, observer);
  } else {
    model_.forward(pixels, batch, logits, observer);
  }
}

/// The method "saccade" records passes of its own in between.
void MapMaker::record_again() {
  if (recorded_) return;
  model_.record(pixels_, batch_, logits_);
  recorded_ = true;
}

std::vector<float> MapMaker::map(int64_t image, const MapId& id) {
  switch (id.method) {
    case MapMethod::saccade:
      return saccade(image, id);
    case MapMethod::relevance: {
      record_again();
      Relevance relevance(vit_, request_.rows);
      model_.backward(image, target(id), relevance);
      return drop_prefix(vit_, relevance.row());
    }
    case MapMethod::gradcam: {
      record_again();
      GradCam gradcam(vit_);
      model_.backward(image, target(id), gradcam);
      return drop_prefix(vit_, gradcam.row());
    }
    case MapMethod::rollout:
      return drop_prefix(vit_, rollout_->row(image, request_.rows));
    case MapMethod::attention:
      break;
  }
  return drop_prefix(vit_, attention(image, id));
}

/// Relevance of what tells the class from its rivals, by conservative gradients, the mean over
/// three placements of the grid (model/contrast.h).
std::vector<float> MapMaker::saccade(int64_t image, const MapId& id) {
  const auto each = pixels_.size() / static_cast<size_t>(batch_);
  const auto classes = static_cast<size_t>(vit_.classes);
  const auto picture = pixels_.subspan(static_cast<size_t>(image) * each, each);
  const auto logits = logits_.subspan(static_cast<size_t>(image) * classes, classes);
  const std::vector<float> goal = id.versus ? target(id) : contrast_target(logits, *id.class_index);
  std::vector<float> moved(each), moved_logits(classes);
  std::vector<float> sum(static_cast<size_t>(grid_.height * grid_.width), 0);
  const auto placements = grid_placements(vit_.patch);
  recorded_ = false;
  for (const int64_t shift : placements) {
    move_picture(picture, vit_.channels, input_, shift, moved);
    model_.record(moved, 1, moved_logits);
    Relevance relevance(vit_, request_.rows);
    model_.backward(0, goal, relevance, GradientRule::conservative);
    const std::vector<float> map = move_map_back(drop_prefix(vit_, relevance.row()), grid_,
                                                 double(shift) / double(vit_.patch));
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += map[i] / float(placements.size());
  }
  return sum;
}

/// The class's logit, or its difference from the other's.
std::vector<float> MapMaker::target(const MapId& id) const {
  std::vector<float> target(static_cast<size_t>(vit_.classes), 0);
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
