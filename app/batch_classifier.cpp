#include "app/batch_classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "app/messages.h"
#include "app/predictions.h"
#include "app/stopwatch.h"
#include "weights/errors.h"

namespace saccade {

BatchClassifier::BatchClassifier(const Checkpoint& checkpoint, const PredictionOptions& options,
                                 int64_t limit)
    : options_(options),
      config_(checkpoint.config),
      model_(config_.vit, checkpoint.weights, checkpoint.input_size()),
      limit_(limit) {
  const ImageSize input = checkpoint.input_size();
  pixels_.resize(static_cast<size_t>(limit * config_.vit.channels * input.height * input.width));
  logits_.resize(static_cast<size_t>(limit * config_.vit.classes));
  model_.forward(pixels_, limit, logits_);
}

void BatchClassifier::add(const std::string& file, const std::vector<float>& pixels) {
  std::copy(pixels.begin(), pixels.end(),
            pixels_.begin() + static_cast<std::ptrdiff_t>(pixels.size()) * size_);
  ++size_;
  results_.push_back({file, {}, ""});
}

void BatchClassifier::add_failure(const std::string& file, const std::string& error) {
  results_.push_back({file, {}, error});
}

std::vector<ImageResult> BatchClassifier::run() {
  const auto size = static_cast<size_t>(size_);
  const size_t classes = logits_.size() / static_cast<size_t>(limit_);
  const size_t floats = pixels_.size() / static_cast<size_t>(limit_);
  if (size > 0) {
    Stopwatch watch;
    model_.forward(std::span(pixels_).first(size * floats), size_,
                   std::span(logits_).first(size * classes));
    if (options_.verbose) {
      print_note(fmt::format("{} pictures: forward {:.2f} ms", size, watch.lap()));
    }
  }
  size_t place = 0;
  for (ImageResult& result : results_) {
    if (!result.error.empty()) continue;
    try {
      result.predictions = predictions(std::span(logits_).subspan(place++ * classes, classes),
                                       result.file, config_, options_);
    } catch (const ImageError& error) {
      result.error = error.what();
    }
  }
  size_ = 0;
  return std::exchange(results_, {});
}

}  // namespace saccade
