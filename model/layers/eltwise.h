// The derivative of an activation function, by oneDNN.
#pragma once

#include <dnnl.hpp>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/kernels/onednn_compat.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "weights/describe/vit_description.h"

namespace saccade {

class Eltwise {
 public:
  Eltwise(Runtime& runtime, Activation activation);

  /// dx = f'(x) dy, `count` values; dx may be dy.
  void backward(const float* x, const float* dy, int64_t count, float* dx);

  Activation kind() const { return activation_; }
  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Primitives {
    dnnl::eltwise_backward::primitive_desc backward_pd;
    dnnl::eltwise_backward backward;
    std::unordered_map<int, dnnl::memory> args;
  };
  Primitives& for_count(int64_t count);

  Runtime* runtime_;
  Activation activation_;
  std::map<int64_t, Primitives> by_count_;
};

}  // namespace saccade
