// Writes an overlay for each picture of a batch.
#pragma once

#include <string>

#include "app/maps/map_request.h"
#include "app/pipeline/picture_decoder.h"
#include "app/pipeline/pipeline_item.h"
#include "app/predict/prediction_options.h"
#include "app/results/map_method.h"
#include "app/system/output_folder.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Thread-safe. Holds references to its arguments, which must outlive it.
class BatchOverlays {
 public:
  /// Overlays are written to "overlays" in `folder`, which is created. Throws SystemError if it
  /// cannot be.
  BatchOverlays(const OutputFolder& folder, MapMethod method, const Checkpoint& checkpoint,
                const PredictionOptions& options);

  /// The maps that the model must compute.
  const MapRequest& request() const { return request_; }

  /// Writes the overlay of the picture `source`, which is called `name` in the results, as
  /// overlays/`name`.jpg, and records it in the result. Decodes the picture again, no larger than
  /// the overlay needs. Throws SystemError if the overlay cannot be written; if the picture has
  /// vanished, the result gets an error.
  void write(PipelineItem& picture, const std::string& source, const std::string& name,
             PictureDecoder& decoder) const;

 private:
  const OutputFolder& folder_;
  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  MapRequest request_;
};

}  // namespace saccade
