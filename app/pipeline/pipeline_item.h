// A picture on its way through a batch.
#pragma once

#include <cstddef>
#include <vector>

#include "app/results/map_id.h"
#include "app/results/report.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

/// A map, one value a patch.
struct PatchMap {
  MapId id;
  std::vector<float> values;
};

struct PipelineItem {
  size_t place = 0;            ///< in the order of the run
  size_t image = 0;            ///< its number among the images
  std::vector<float> pixels;   ///< the model's input [3, H, W]
  SourceRect seen;             ///< what the model is shown, in pixels of the original
  ImageResult result;          ///< an error, or what the model says once it has run
  std::vector<PatchMap> maps;  ///< likewise, where maps are wanted
};

}  // namespace saccade
