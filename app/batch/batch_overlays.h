// An overlay of each picture of a batch.
#pragma once

#include <filesystem>
#include <string>

#include "app/maps/map_request.h"
#include "app/pipeline/memory_budget.h"
#include "app/pipeline/pipeline_item.h"
#include "app/predict/prediction_options.h"
#include "app/results/map_method.h"
#include "weights/checkpoint.h"

namespace saccade {

/// May be used by several threads. Refers to the checkpoint and the options.
class BatchOverlays {
 public:
  /// Overlays come to lie in `folder`/overlays.
  BatchOverlays(const std::filesystem::path& folder, MapMethod method, const Checkpoint& checkpoint,
                const PredictionOptions& options);

  /// What the model must be asked for.
  const MapRequest& request() const { return request_; }

  /// Writes the overlay of the picture `source`, which results call `name`, as
  /// overlays/`name`.jpg, and notes it in the result. The picture is read again, no larger than the
  /// overlay needs. Throws SystemError where it cannot be written; a picture that has vanished
  /// since gets an error.
  void write(PipelineItem& picture, const std::string& source, const std::string& name,
             MemoryBudget& memory) const;

 private:
  const std::filesystem::path folder_;
  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  MapRequest request_;
};

}  // namespace saccade
