// A fully connected layer, y = x Wᵀ + b, with what follows it fused in.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/buffer.h"
#include "model/packed_matrix.h"
#include "model/runtime.h"
#include "model/vision_transformer.h"

namespace saccade {

/// A layer's parameters as PyTorch stores them, somewhere else. Empty bias: the layer has none.
struct LinearParameters {
  std::span<const float> weight;  // [out, in]
  std::span<const float> bias;    // [out]
};

class Linear {
 public:
  /// Packs the weights into the layout that oneDNN likes best for inputs of `rows` rows.
  Linear(Runtime& runtime, std::string name, int64_t in, int64_t out, int64_t rows, Fused fused,
         const LinearParameters& parameters);
  /// On the same weights, by another runtime.
  Linear(Runtime& runtime, const Linear& twin);

  /// x [rows, in] -> y [rows, out], both dense. Primitives are made once per number of rows.
  void operator()(const float* x, int64_t rows, float* y);

  /// x Wᵀ + b alone, without what is fused.
  void product(const float* x, int64_t rows, float* y);

  /// Gradients of product(): dy [rows, out] -> dx [rows, in] = dy W, or with `accumulate` added to
  /// what is in dx. Needs prepare_backward() before.
  void backward(const float* dy, int64_t rows, float* dx, bool accumulate = false);
  /// Packs the transposed weights for dy of `rows` rows, once.
  void prepare_backward(int64_t rows);

  /// Multiplies weights and bias, as if the layer had been trained so.
  void scale(float factor);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  Runtime* runtime_;
  std::string name_;
  Fused fused_;
  int64_t in_, out_;
  std::shared_ptr<const Buffer> bias_;      // [out], or empty
  PackedMatrix weights_;                    // [in, out]
  std::optional<PackedMatrix> transposed_;  // [out, in]
};

}  // namespace saccade
