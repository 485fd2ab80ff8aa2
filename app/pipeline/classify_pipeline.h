// Classifies many pictures in parallel: decoding and several model streams at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/maps/map_request.h"
#include "app/pipeline/picture_decoder.h"
#include "app/pipeline/pipeline_item.h"
#include "app/pipeline/resource_plan.h"
#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/kernels/profile.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Receives the result of images[image]; returns false to stop the run.
using ResultCallback = std::function<bool(size_t image, ImageResult& result)>;

/// The pictures of one run and the callbacks for their results.
struct PipelineJob {
  const std::vector<std::string>& images;
  const std::vector<size_t>& order;  ///< indices of the images to classify
  ResultCallback on_result;          ///< called in that order, never concurrently, from any thread
  /// Called before on_result for each picture without an error, concurrently and in no particular
  /// order; may be empty. It may decode with `decoder`.
  std::function<void(PipelineItem& picture, PictureDecoder& decoder)> on_classified;
};

/// Totals over all runs.
struct PipelineStats {
  std::vector<PrimitiveInfo> primitives;
  double reading_seconds = 0;      ///< summed over threads
  double classifying_seconds = 0;  ///< summed over streams
};

/// A model with its streams. Holds references to the checkpoint, the options and the maps, which
/// must outlive it.
class ClassifyPipeline {
 public:
  /// Also makes `maps` of each picture, unless they are null. Throws UsageError if `plan` leaves
  /// too little memory for decoding; ModelError; SystemError.
  ClassifyPipeline(const Checkpoint& checkpoint, const PredictionOptions& options,
                   const ResourcePlan& plan, const MapRequest* maps = nullptr);
  ~ClassifyPipeline();

  /// Runs `job`. A picture that fails has a result with an error. If interrupt_signal() is set,
  /// stops reading and hands out the results of pictures in progress, except of those that take
  /// more than a second to decode. Throws errors that are not a
  /// picture's own, and those that `on_result` and `on_classified` throw.
  void run(const PipelineJob& job);

  PipelineStats stats() const;
  /// The memory for decoding, in bytes.
  uint64_t decoding_memory() const;
  /// The memory limit in bytes: the plan's, or what the model needs (see memory_for_decoding).
  uint64_t max_memory() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
