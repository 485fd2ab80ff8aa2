#include "app/pipeline/batch_classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/cli/messages.h"
#include "app/cli/stopwatch.h"
#include "app/predict/predictions.h"
#include "weights/base/errors.h"

namespace saccade {

BatchClassifier::BatchClassifier(InferenceContext context, const Checkpoint& checkpoint,
                                 const PredictionOptions& options, const MapRequest* request,
                                 int64_t limit)
    : options_(options),
      config_(checkpoint.config),
      context_(std::move(context)),
      request_(request) {
  const ImageSize input = checkpoint.input_size();
  pixels_.resize(
      static_cast<size_t>(limit * config_.vit.tokens.channels * input.height * input.width));
  logits_.resize(static_cast<size_t>(limit * config_.vit.head.classes));
  if (request) maker_.emplace(config_.vit, input, context_, *request);
}

void BatchClassifier::run(std::span<PipelineItem* const> pictures) {
  std::vector<PipelineItem*> good;
  auto end = pixels_.begin();
  for (PipelineItem* picture : pictures) {
    if (!picture->result.error.empty()) continue;
    good.push_back(picture);
    end = std::copy(picture->pixels.begin(), picture->pixels.end(), end);
  }
  if (good.empty()) return;
  const auto count = static_cast<int64_t>(good.size());
  const auto classes = static_cast<size_t>(config_.vit.head.classes);
  const auto logits = std::span(logits_).first(good.size() * classes);
  const std::span<const float> pixels(pixels_.begin(), end);
  Stopwatch watch;
  if (maker_) {
    maker_->run(pixels, count, logits);
  } else {
    context_.forward(pixels, count, logits);
  }
  if (options_.verbose) {
    print_note(fmt::format("{} pictures: forward {:.2f} ms", good.size(), watch.lap()));
  }
  for (size_t i = 0; i < good.size(); ++i) {
    finish(*good[i], static_cast<int64_t>(i), logits.subspan(i * classes, classes));
  }
}

void BatchClassifier::finish(PipelineItem& picture, int64_t place, std::span<const float> logits) {
  ImageResult& result = picture.result;
  try {
    result.predictions = predictions(logits, result.file, config_, options_);
  } catch (const ImageError& error) {
    result.error = error.what();
  }
  if (!maker_ || !result.error.empty()) return;
  const std::vector<MapId> ids = maps_of(*request_, logits);
  std::vector<std::vector<float>> maps = maker_->maps(place, ids);
  for (size_t i = 0; i < ids.size(); ++i) picture.maps.push_back({ids[i], std::move(maps[i])});
}

}  // namespace saccade
