// The speed of the processor's matrix products, to compare a model's with.
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
  /// `rows` is the number of tokens in a batch of the model to compare, rounded up to an equal
  /// number for each thread.
  ReferenceProducts(int64_t rows, Precision precision);
  ~ReferenceProducts();
  ReferenceProducts(ReferenceProducts&&) noexcept;
  ReferenceProducts& operator=(ReferenceProducts&&) noexcept;

  /// Runs each of the four once.
  void run();
  /// Floating-point operations of one run().
  double flops() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
