// What the processor can do, to hold a model's speed against.
#pragma once

#include <cstdint>
#include <memory>

#include "model/kernels/precision.h"

namespace saccade {

/// oneDNN's packed matrix products at the four linear shapes of ViT-B/16 (qkv, proj, fc1, fc2), at
/// one precision. Their FLOP-weighted rate is R of the measure "share": a model's nominal FLOPs /
/// its time / R.
class ReferenceProducts {
 public:
  /// With as many rows as the model that is compared has tokens in a batch.
  ReferenceProducts(int64_t rows, Precision precision);
  ~ReferenceProducts();
  ReferenceProducts(ReferenceProducts&&) noexcept;
  ReferenceProducts& operator=(ReferenceProducts&&) noexcept;

  /// All four, once.
  void run();
  /// Of one run().
  double flops() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
