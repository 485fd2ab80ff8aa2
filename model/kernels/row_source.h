// A stored weight that is read a few rows at a time.
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
  /// [out], or empty if the layer has no bias.
  virtual std::span<const float> bias() const = 0;
  /// Rows [first, first + count) of the weight [out, in]: in place, or copied to `scratch`, which
  /// has that size. May be called from several threads at once.
  virtual std::span<const float> rows(int64_t first, int64_t count,
                                      std::span<float> scratch) const = 0;
  /// Returns the pages that rows() touched to the kernel. They may be read again.
  virtual void release_pages() const = 0;
};

}  // namespace saccade
