#include "app/map_maker.h"

#include <algorithm>

namespace saccade {
namespace {

constexpr int64_t kMostPictures = 8;
constexpr size_t kMostRecordedBytes = size_t{256} << 20;

}  // namespace

MapMaker::MapMaker(const VitDescription& vit, VisionTransformer& model, const MapRequest& request)
    : vit_(vit), model_(model), request_(request) {}

int64_t MapMaker::batch_limit() const {
  if (!request_.wants_gradients()) return kMostPictures;
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
  if (request_.wants_gradients()) {
    model_.record(pixels, batch, logits, observer);
  } else {
    model_.forward(pixels, batch, logits, observer);
  }
}

std::vector<float> MapMaker::map(int64_t image, const MapId& id) {
  switch (id.method) {
    case MapMethod::relevance: {
      Relevance relevance(vit_, request_.rows);
      model_.backward(image, target(id), relevance);
      return drop_prefix(vit_, relevance.row());
    }
    case MapMethod::gradcam: {
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
