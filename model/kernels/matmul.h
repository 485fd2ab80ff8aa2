// One oneDNN matrix product of fixed shapes: dst = src * weights.
#pragma once

#include <dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"

namespace saccade {

/// Each thread runs the product for itself, at the same time as others and on other operands.
class Matmul {
 public:
  /// Throws ModelError, with the shapes, if oneDNN has no implementation; SystemError or
  /// std::bad_alloc if there is not enough memory.
  Matmul(Runtime& runtime, const dnnl::memory::desc& src, const dnnl::memory::desc& weights,
         const dnnl::memory::desc& dst);

  void operator()(const void* src, const void* weights, void* dst, int thread = 0);

  /// The layout that the weights must have: the one given, or oneDNN's choice for "any".
  dnnl::memory::desc weights_desc() const { return pd_.weights_desc(); }
  std::string implementation() const { return pd_.impl_info_str(); }

 private:
  using Arguments = std::unordered_map<int, dnnl::memory>;
  Runtime* runtime_;
  dnnl::matmul::primitive_desc pd_;
  dnnl::matmul primitive_;
  std::vector<Arguments> arguments_;  // of every thread
};

/// The operands of such a product: dense, except for the weights, whose layout oneDNN chooses
/// ("any"). The sums are f32 for f32 and bf16, and s32 for int8 (u8 by s8).
struct ProductDescs {
  dnnl::memory::desc src, weights, dst;
};
ProductDescs product_descs(const ProductShape& shape);

dnnl::memory::data_type data_type(FloatType type);
/// A dense row-major matrix or stack of matrices.
dnnl::memory::desc dense(const dnnl::memory::dims& shape,
                         dnnl::memory::data_type type = dnnl::memory::data_type::f32);
/// The same with strides in elements.
dnnl::memory::desc strided(const dnnl::memory::dims& shape, const dnnl::memory::dims& strides,
                           dnnl::memory::data_type type = dnnl::memory::data_type::f32);

}  // namespace saccade
