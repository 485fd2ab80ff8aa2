// A weight that stays where it is stored, read a few rows at a time.
#pragma once

#include <cstdint>
#include <span>

namespace saccade {

/// The parameters of y = x W^T + b as PyTorch stores them.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual int64_t out() const = 0;
  virtual int64_t in() const = 0;
  /// [out], or empty: the layer has none.
  virtual std::span<const float> bias() const = 0;
  /// LayerInput [first, first + count) of the weight [out, in]: where they are stored, or in
  /// `room`, which has that size. May be called from several threads at once.
  virtual std::span<const float> rows(int64_t first, int64_t count,
                                      std::span<float> room) const = 0;
  /// Gives the pages that rows() touched back to the kernel. Reading them again is correct.
  virtual void release_pages() const = 0;
};

}  // namespace saccade
