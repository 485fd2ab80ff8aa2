// A picture on its way through the pipeline.
#pragma once

#include <cstddef>
#include <vector>

#include "app/results/map_id.h"
#include "app/results/report.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

/// A map with one value per patch.
struct PatchMap {
  MapId id;
  std::vector<float> values;
};

/// One picture, from its file to its result. Items are reused.
struct PipelineItem {
  size_t place = 0;            ///< position in PipelineJob::order
  size_t image = 0;            ///< index in PipelineJob::images
  std::vector<float> pixels;   ///< the model's input [C, H, W]
  SourceRect seen;             ///< the part that the model sees, in pixels of the original
  ImageResult result;          ///< an error, or the predictions once the model has run
  bool left_out = false;       ///< has no result because of an interruption
  std::vector<PatchMap> maps;  ///< once the model has run, if maps are requested
};

}  // namespace saccade
