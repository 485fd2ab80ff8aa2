// Pictures that go through the model together.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "app/maps/map_writer.h"
#include "app/predict/prediction_options.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A picture that is in the batch, or the error that kept it out.
struct BatchEntry {
  MappedPicture picture;
  int64_t place = 0;  ///< in the batch
  std::string error;  ///< empty where it is in the batch
};

class PictureBatch {
 public:
  /// For at most `limit` pictures. Refers to the checkpoint and the options.
  PictureBatch(const Checkpoint& checkpoint, const PredictionOptions& options, int64_t limit);

  /// Empties the batch and reads pictures from `images`, beginning with number `first`, until it
  /// has `limit` of them, readable or not, holds many pixels, or there are no more. Returns the
  /// number of the first unread one.
  size_t fill(const std::vector<std::string>& images, size_t first);

  /// As read, in order, with those that could not be.
  const std::vector<BatchEntry>& entries() const { return entries_; }
  int64_t size() const { return size_; }
  /// [size, 3, H, W]
  std::span<const float> pixels() const;

 private:
  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  int64_t limit_;
  int64_t size_ = 0;
  size_t image_floats_;
  std::vector<float> pixels_;
  std::vector<BatchEntry> entries_;
};

}  // namespace saccade
