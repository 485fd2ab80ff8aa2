// A fully connected layer, y = x Wᵀ + b, with a fused epilogue.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/epilogue.h"
#include "model/kernels/float_view.h"
#include "model/kernels/packed_matrix.h"
#include "model/kernels/precision.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/stored_linear.h"

namespace saccade {

/// The size of a layer.
struct LinearShape {
  int64_t in, out;
  int64_t parts = 1;  ///< layers of one input that are side by side in it, as in "qkv"
};

/// A layer with weights, in the precision that suits it, and its gradient.
class Linear {
 public:
  /// Packs the weights for inputs of about `rows` rows. A layer that would lose too much in int8 is
  /// computed in bf16, or in f32 if the processor has no bf16: see precision().
  Linear(Runtime& runtime, std::string name, const LinearShape& shape, int64_t rows,
         const Epilogue& epilogue, const LinearParameters& parameters, Precision precision);
  /// The same for weights that stay where they are stored, except that int8 weights are packed.
  Linear(Runtime& runtime, std::string name, const LinearShape& shape, int64_t rows,
         const Epilogue& epilogue, std::shared_ptr<StoredLinear> stored, Precision precision);
  /// x [rows, in] -> y [rows, out], both dense. Quantized x is for int8 only; quantized y needs
  /// can_quantize_output().
  void operator()(const LayerInput& x, int64_t rows, const LayerInput& y, Runtime& runtime) const;
  /// The same for some parts only, in another layout.
  void operator()(const LayerInput& x, int64_t rows, const Parts& parts, const OutputLayout& to,
                  FloatView y, Runtime& runtime) const;

  /// x Wᵀ + b alone, without the fused epilogue.
  void product(FloatView x, int64_t rows, FloatView y, Runtime& runtime) const;

  /// Gradients of a part's product: dy [rows, out / parts] -> dx [rows, in] = dy W, or with
  /// `accumulate` added to dx. Needs prepare_backward() before.
  void backward(FloatView dy, int64_t rows, float* dx, Runtime& runtime, bool accumulate = false,
                int64_t part = 0) const;
  /// Packs the transposed weights for dy of about `rows` rows.
  void prepare_backward(int64_t rows, Runtime& runtime);

  bool can_quantize_output() const { return weights_.can_quantize_output(); }
  Precision precision() const { return weights_.precision(); }
  const std::string& name() const { return name_; }
  int64_t weight_count() const { return shape_.in * shape_.out; }
  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  std::string name_;
  Epilogue epilogue_;
  LinearShape shape_;
  PackedMatrix weights_;                  // [in, out]
  std::vector<PackedMatrix> transposed_;  // of each part [out / parts, in]; none: not prepared
};

}  // namespace saccade
