// The optional outputs of a batch for each picture: overlays and sorted folders.
#pragma once

#include <optional>
#include <string>

#include "app/batch/batch_options.h"
#include "app/batch/batch_overlays.h"
#include "app/batch/sorted_folders.h"
#include "app/pipeline/picture_decoder.h"
#include "app/pipeline/pipeline_item.h"
#include "app/system/output_folder.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Writes overlays and sorted folders if the options ask for them. Thread-safe.
class BatchExtras {
 public:
  /// Holds references to its arguments.
  BatchExtras(const BatchOptions& options, const OutputFolder& folder,
              const Checkpoint& checkpoint);

  bool any() const { return overlays_ || sorted_; }
  /// The maps that the model must compute; null if none are needed.
  const MapRequest* maps() const { return overlays_ ? &overlays_->request() : nullptr; }

  /// Writes the outputs of the classified picture in the file `source`, which is called `name` in
  /// the results.
  void make(PipelineItem& picture, const std::string& source, const std::string& name,
            PictureDecoder& decoder);

 private:
  std::optional<BatchOverlays> overlays_;
  std::optional<SortedFolders> sorted_;
};

}  // namespace saccade
