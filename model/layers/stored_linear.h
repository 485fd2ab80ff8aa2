// The parameters of a fully connected layer in the checkpoint.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/row_source.h"
#include "weights/weights.h"

namespace saccade {

/// A layer's parameters as PyTorch stores them. The bias is empty if the layer has none.
struct LinearParameters {
  std::span<const float> weight;  // [out, in]
  std::span<const float> bias;    // [out]
};

/// `name`.weight [out, in] and `name`.bias [out], if the checkpoint has one. For "...qkv" the bias
/// may be q_bias and v_bias instead, and zero for the keys. Weights that are f32 in the file are
/// used in place, others are converted. If the checkpoint has `row_scale` [out], rows are
/// multiplied by it: LayerScale, at no cost. Throws ModelError if a value is not finite, in rows()
/// and all() when it reads it. The destructor returns the file's pages to the kernel.
/// `weights` must outlive it.
class StoredLinear : public RowSource {
 public:
  StoredLinear(const Weights& weights, const std::string& name, const std::string& row_scale = "");
  ~StoredLinear() override;
  StoredLinear(const StoredLinear&) = delete;
  StoredLinear& operator=(const StoredLinear&) = delete;

  /// The whole layer. Valid while this object lives.
  LinearParameters all();
  std::span<const float> rows(int64_t first, int64_t count,
                              std::span<float> scratch) const override;
  std::span<const float> bias() const override { return bias_; }
  void release_pages() const override;

  int64_t out() const override { return out_; }
  int64_t in() const override { return in_; }

 private:
  void scale(int64_t first, std::span<float> rows) const;

  const Weights& weights_;
  std::string weight_name_;
  int64_t out_, in_;
  Buffer converted_;          // [out, in], empty until it is needed
  std::vector<float> bias_;   // [out], or empty
  std::vector<float> scale_;  // [out], or empty
};

}  // namespace saccade
