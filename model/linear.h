// A fully connected layer, y = x Wᵀ + b, with what follows it fused in.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/buffer.h"
#include "model/matmul.h"
#include "model/runtime.h"
#include "model/vision_transformer.h"
#include "weights/vit_description.h"

namespace saccade {

/// What a Linear does with its product.
struct Fused {
  std::optional<Activation> activation{};  ///< applied to the product
  bool accumulate = false;                 ///< added to what is in the destination (the residual)
};

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

  /// x [rows, in] -> y [rows, out], both dense. Primitives are made once per number of rows.
  void operator()(const float* x, int64_t rows, float* y);

  /// Multiplies weights and bias, as if the layer had been trained so.
  void scale(float factor);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  Matmul& for_rows(int64_t rows);
  std::string describe(int64_t rows) const;

  Runtime* runtime_;
  std::string name_;
  int64_t in_, out_;
  Fused fused_;
  dnnl::memory::desc packed_desc_;
  Buffer packed_;  // [out, in] in oneDNN's layout
  Buffer bias_;    // [out], or empty
  std::vector<std::pair<int64_t, std::unique_ptr<Matmul>>> by_rows_;
};

}  // namespace saccade
