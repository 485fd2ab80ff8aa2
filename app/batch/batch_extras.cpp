#include "app/batch/batch_extras.h"

#include <vector>

#include "app/predict/class_folders.h"
#include "weights/base/errors.h"

namespace saccade {

BatchExtras::BatchExtras(const BatchOptions& options, const OutputFolder& folder,
                         const Checkpoint& checkpoint) {
  if (options.overlays) {
    overlays_.emplace(folder, *options.overlays, checkpoint, options);
  }
  if (options.sort) {
    const Labels& labels = checkpoint.config.labels;
    const ClassNames names(labels, checkpoint.config.vit.head.classes);
    // A killed run may leave a file whose record was lost, and the picture may have changed since.
    sorted_.emplace(folder, *options.sort, class_folders(names, labels, options.label_type),
                    options.overwrite || options.resume);
  }
}

void BatchExtras::make(PipelineItem& picture, const std::string& source, const std::string& name,
                       PictureDecoder& decoder) {
  if (overlays_) overlays_->write(picture, source, name, decoder);
  if (!sorted_ || picture.result.predictions.empty()) return;  // all scores are below the threshold
  try {
    sorted_->place(source, name, picture.result.predictions.front().index);
  } catch (const ImageError& error) {
    picture.result = {picture.result.file, {}, error.what()};
  }
}

}  // namespace saccade
