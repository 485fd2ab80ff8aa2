// What a batch makes of each picture besides its record.
#pragma once

#include <optional>
#include <string>

#include "app/batch/batch_options.h"
#include "app/batch/batch_overlays.h"
#include "app/batch/sorted_folders.h"
#include "app/pipeline/memory_budget.h"
#include "app/pipeline/pipeline_item.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Overlays and sorted folders, where the options want them. May be used by several threads.
class BatchExtras {
 public:
  BatchExtras(const BatchOptions& options, const Checkpoint& checkpoint);

  bool any() const { return overlays_ || sorted_; }
  /// What the model must be asked for; null: nothing.
  const MapRequest* maps() const { return overlays_ ? &overlays_->request() : nullptr; }

  /// Of the classified picture in the file `source`, which results call `name`.
  void make(PipelineItem& picture, const std::string& source, const std::string& name,
            MemoryBudget& memory);

 private:
  std::optional<BatchOverlays> overlays_;
  std::optional<SortedFolders> sorted_;
};

}  // namespace saccade
