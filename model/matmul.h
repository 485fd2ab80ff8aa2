// One oneDNN matrix product of fixed shapes: dst = ops(src * weights + bias).
#pragma once

#include <dnnl.hpp>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/runtime.h"

namespace saccade {

class Matmul {
 public:
  /// `layer` names the product in errors. Throws ModelError where oneDNN has no implementation.
  Matmul(Runtime& runtime, const std::string& layer, const dnnl::memory::desc& src,
         const dnnl::memory::desc& weights, const std::optional<dnnl::memory::desc>& bias,
         const dnnl::memory::desc& dst, const dnnl::post_ops& ops = {});

  void operator()(const float* src, const float* weights, const float* bias, float* dst);

  /// The layout that the weights must have: the one given, or oneDNN's choice for "any".
  dnnl::memory::desc weights_desc() const { return pd_.weights_desc(); }
  std::string implementation() const { return pd_.impl_info_str(); }

 private:
  Runtime* runtime_;
  dnnl::matmul::primitive_desc pd_;
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> args_;
};

/// A dense row-major f32 matrix or stack of matrices.
dnnl::memory::desc dense(const dnnl::memory::dims& shape);
/// The same with strides in elements.
dnnl::memory::desc strided(const dnnl::memory::dims& shape, const dnnl::memory::dims& strides);

}  // namespace saccade
