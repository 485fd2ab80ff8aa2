#include "app/classify/classifier.h"

#include <fmt/format.h>

#include <cstddef>

#include "app/cli/messages.h"
#include "app/cli/stopwatch.h"
#include "app/predict/precision_option.h"
#include "app/predict/predictions.h"
#include "app/predict/prepared_picture.h"
#include "weights/base/errors.h"

namespace saccade {

Classifier::Classifier(const Checkpoint& checkpoint, const PredictionOptions& options,
                       size_t pictures)
    : options_(options),
      config_(checkpoint.config),
      model_(make_model(checkpoint, options.precision, /*gradients=*/false,
                        {options.quiet, options.verbose},
                        pictures > 1 ? Packing::once : Packing::never)) {
  const ImageSize input = checkpoint.input_size();
  pixels_.resize(static_cast<size_t>(config_.vit.tokens.channels * input.height * input.width));
  logits_.resize(static_cast<size_t>(config_.vit.head.classes));
}

ImageResult Classifier::classify(const std::string& file) {
  try {
    prepare_picture(ImageFile(file), config_.recipe, options_, pixels_);
    Stopwatch watch;
    model_.forward(pixels_, 1, logits_);
    if (options_.verbose) print_note(fmt::format("{}: forward {:.2f} ms", file, watch.lap()));
    return {file, predictions(logits_, file, config_, options_), ""};
  } catch (const ImageError& error) {
    return {file, {}, error.what()};
  }
}

}  // namespace saccade
