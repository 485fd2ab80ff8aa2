// Computes and writes a picture's explorer page.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/attend/attend_options.h"
#include "app/attend/explorer.h"
#include "app/maps/map_files.h"
#include "app/maps/map_maker.h"
#include "app/maps/map_request.h"
#include "app/maps/map_writer.h"
#include "model/inference_context.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Holds references to its constructor's arguments, which must outlive it.
class ExplorerWriter {
 public:
  ExplorerWriter(const AttendOptions& options, const Checkpoint& checkpoint,
                 InferenceContext& model, const MapFiles& files);

  /// Runs the picture's `pixels` [C, H, W] through the model, which discards its recorded state,
  /// and writes the page. Returns the page's path. Throws ImageError if the page would overwrite an
  /// input, SystemError if it cannot be written.
  std::string write(const MappedPicture& picture, std::span<const float> pixels);

 private:
  ExplorerData describe(const MappedPicture& picture) const;
  std::vector<ExplorerMethod> methods(std::span<const float> logits);

  PredictionOptions options_;  ///< with the five best classes
  Colormap colour_map_;
  const Checkpoint& checkpoint_;
  const MapFiles& files_;
  ImageSize grid_;
  MapRequest request_;
  MapMaker maker_;
};

}  // namespace saccade
