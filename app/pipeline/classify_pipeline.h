// Many pictures through a model, as fast as the processor allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/maps/map_request.h"
#include "app/pipeline/memory_budget.h"
#include "app/pipeline/pipeline_item.h"
#include "app/pipeline/resource_plan.h"
#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Takes the result of images[image]; false ends the work.
using ResultCallback = std::function<bool(size_t image, ImageResult& result)>;

/// Pictures to classify, and what is done with them.
struct PipelineJob {
  const std::vector<std::string>& images;
  const std::vector<size_t>& order;  ///< images[i] for every i of it
  ResultCallback on_result;          ///< called in that order, for one at a time, by any thread
  /// Called before that for each that was classified, by several threads at once, in no order; may
  /// be empty. What it decodes takes its memory from `memory`.
  std::function<void(PipelineItem& picture, MemoryBudget& memory)> on_classified;
};

/// What was done, besides the results.
struct PipelineStats {
  std::vector<PrimitiveInfo> primitives;
  double reading_seconds = 0;      ///< of all threads together
  double classifying_seconds = 0;  ///< likewise, of all streams
};

/// A model with its streams. Refers to the checkpoint, the options and the maps.
class ClassifyPipeline {
 public:
  /// Makes the `maps` of each picture too, unless they are null. Throws UsageError where `plan`
  /// leaves too little memory, ModelError, SystemError.
  ClassifyPipeline(const Checkpoint& checkpoint, const PredictionOptions& options,
                   const ResourcePlan& plan, const MapRequest* maps = nullptr);
  ~ClassifyPipeline();

  /// Reads, classifies and hands out. A picture that fails has a result with an error. Ends early,
  /// with what is in flight handed out, when interrupt_signal() tells of a signal. Throws what is
  /// no picture's fault, and what `on_result` and `on_classified` throw.
  void run(const PipelineJob& job);

  /// Of all runs.
  PipelineStats stats() const;
  /// What decoding may take, in bytes.
  uint64_t decoding_memory() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
