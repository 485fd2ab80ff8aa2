#include "app/batch/batch_extras.h"

#include <vector>

#include "app/predict/class_label.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

std::vector<std::string> labels_of(const Checkpoint& checkpoint, LabelType type) {
  std::vector<std::string> labels;
  for (int64_t i = 0; i < checkpoint.config.vit.head.classes; ++i) {
    labels.push_back(class_label(checkpoint.config.labels, i, type));
  }
  return labels;
}

}  // namespace

BatchExtras::BatchExtras(const BatchOptions& options, const Checkpoint& checkpoint) {
  if (options.overlays) {
    overlays_.emplace(options.folder, *options.overlays, checkpoint, options);
  }
  if (options.sort) {
    // A killed run may leave a file whose record was lost, and the picture may have changed since.
    sorted_.emplace(options.folder / "sorted", *options.sort,
                    labels_of(checkpoint, options.label_type), options.overwrite || options.resume);
  }
}

void BatchExtras::make(PipelineItem& picture, const std::string& source, const std::string& name,
                       MemoryBudget& memory) {
  if (overlays_) overlays_->write(picture, source, name, memory);
  if (!sorted_ || picture.result.predictions.empty()) return;  // all scores are below the threshold
  try {
    sorted_->place(source, name, picture.result.predictions.front().index);
  } catch (const ImageError& error) {
    picture.result = {picture.result.file, {}, error.what()};
  }
}

}  // namespace saccade
