// Many pictures through a model, as fast as the processor allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/maps/map_request.h"
#include "app/pipeline/byte_budget.h"
#include "app/pipeline/core_split.h"
#include "app/pipeline/ready_picture.h"
#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/kernels/profile.h"
#include "weights/checkpoint.h"

namespace saccade {

/// Takes the result of images[image]; false ends the work.
using TakeResult = std::function<bool(size_t image, ImageResult& result)>;

/// Pictures to classify, and what is done with them.
struct PictureWork {
  const std::vector<std::string>& images;
  const std::vector<size_t>& order;  ///< images[i] for every i of it
  TakeResult take;                   ///< called in that order, for one at a time, by any thread
  /// Called before that for each that was classified, by several threads at once, in no order; may
  /// be empty. What it decodes takes its memory from `memory`.
  std::function<void(ReadyPicture& picture, ByteBudget& memory)> finish;
};

/// What was done, besides the results.
struct WorkDone {
  std::vector<PrimitiveInfo> primitives;
  double reading_seconds = 0;      ///< of all threads together
  double classifying_seconds = 0;  ///< likewise, of all streams
};

/// A model with its streams. Refers to the checkpoint, the options and the maps.
class PictureClassifier {
 public:
  /// Makes the `maps` of each picture too, unless they are null. Throws UsageError where `split`
  /// leaves too little memory, ModelError, SystemError.
  PictureClassifier(const Checkpoint& checkpoint, const PredictionOptions& options,
                    const CoreSplit& split, const MapRequest* maps = nullptr);
  ~PictureClassifier();

  /// Reads, classifies and hands out. A picture that fails has a result with an error. Ends early,
  /// with what is in flight handed out, when noted_interruption() tells of a signal. Throws what is
  /// no picture's fault, and what `take` and `finish` throw.
  void run(const PictureWork& work);

  /// Of all runs.
  WorkDone done() const;
  /// What decoding may take, in bytes.
  uint64_t decoding_memory() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
