#include "app/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <new>
#include <string_view>

#include "app/class_label.h"
#include "app/messages.h"
#include "app/ranking.h"
#include "vision/image.h"
#include "vision/preprocess.h"
#include "weights/errors.h"

namespace saccade {
namespace {

std::string about(const std::string& file, std::string_view complaint) {
  return complaint.starts_with(file + ": ") ? std::string(complaint)
                                            : fmt::format("{}: {}", file, complaint);
}

}  // namespace

Classifier::Classifier(const Checkpoint& checkpoint, const ClassifyOptions& options)
    : options_(options),
      config_(checkpoint.config),
      activation_(options.activation.value_or(config_.activation)),
      model_(config_.vit, checkpoint.weights, checkpoint.input_size()) {
  const ImageSize input = checkpoint.input_size();
  pixels_.resize(static_cast<size_t>(config_.vit.channels * input.height * input.width));
  logits_.resize(static_cast<size_t>(config_.vit.classes));
}

ImageResult Classifier::classify(const std::string& file) {
  try {
    prepare(file);
    Stopwatch watch;
    model_.forward(pixels_, 1, logits_);
    if (options_.verbose) print_note(fmt::format("{}: forward {:.2f} ms", file, watch.lap()));
    check_logits(file);
    return {file, predictions(), ""};
  } catch (const ImageError& error) {
    return {file, {}, error.what()};
  }
}

/// Fills pixels_. Whatever goes wrong here is this picture's fault.
void Classifier::prepare(const std::string& file) {
  try {
    Stopwatch watch;
    const cv::Mat picture = read_image(file, {options_.max_pixels, config_.recipe.apply_exif});
    const double decoding = watch.lap();
    preprocess(picture, config_.recipe, pixels_);
    if (options_.verbose) {
      print_note(fmt::format("{}: {} x {}, decode {:.2f} ms, preprocess {:.2f} ms", file,
                             picture.cols, picture.rows, decoding, watch.lap()));
    }
  } catch (const std::bad_alloc&) {
    throw ImageError(file + ": not enough memory for it; a lower --max-pixels refuses such early");
  } catch (const std::exception& error) {
    throw ImageError(about(file, error.what()));
  }
}

void Classifier::check_logits(const std::string& file) const {
  if (!std::all_of(logits_.begin(), logits_.end(), [](float x) { return std::isfinite(x); })) {
    throw ImageError(file + ": the model gave NaN or infinity; its weights may be damaged");
  }
}

std::vector<Prediction> Classifier::predictions() const {
  std::vector<Prediction> predictions;
  for (const ScoredClass& scored :
       rank(logits_, activation_, options_.topk, options_.score_threshold)) {
    predictions.push_back({scored.index,
                           class_label(config_.labels, scored.index, options_.label_type),
                           scored.score});
  }
  return predictions;
}

}  // namespace saccade
