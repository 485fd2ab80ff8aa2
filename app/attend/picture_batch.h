// A batch of decoded pictures.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "app/maps/map_writer.h"
#include "app/predict/prediction_options.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A picture of the batch, or the error that excluded it.
struct BatchEntry {
  MappedPicture picture;
  int64_t place = 0;  ///< index in the batch
  std::string error;  ///< empty if the picture is in the batch
};

/// Decoded pictures that go through the model together, kept until their maps are drawn.
class PictureBatch {
 public:
  /// Holds at most `limit` pictures, and references to the checkpoint and the options, which must
  /// outlive it.
  PictureBatch(const Checkpoint& checkpoint, const PredictionOptions& options, int64_t limit);

  /// Empties the batch and reads images[first], images[first + 1], ... until it has `limit`
  /// entries, readable or not, or many pixels, or there are no more. Returns the index of the next
  /// picture.
  size_t fill(const std::vector<std::string>& images, size_t first);

  /// In the order read, including pictures with errors.
  const std::vector<BatchEntry>& entries() const { return entries_; }
  int64_t size() const { return size_; }
  /// [size, C, H, W]
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
