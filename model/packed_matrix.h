// A matrix in the layout that oneDNN multiplies by fastest, and the products made with it.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/buffer.h"
#include "model/matmul.h"
#include "model/runtime.h"
#include "model/vision_transformer.h"
#include "weights/vit_description.h"

namespace saccade {

/// What happens to a product before it is stored.
struct Fused {
  std::optional<Activation> activation{};  ///< applied to it
  bool accumulate = false;                 ///< added to what is in the destination
  friend bool operator==(const Fused&, const Fused&) = default;
};

class PackedMatrix {
 public:
  /// Packs `plain`, an [in, out] matrix in any layout, as suits x of `rows` rows and `fused`.
  /// `layer` names it in errors and lists; products of a matrix `with_bias` take one.
  PackedMatrix(Runtime& runtime, std::string layer, int64_t in, int64_t out, bool with_bias,
               int64_t rows, const Fused& fused, const dnnl::memory& plain);
  /// The same matrix in the same place, with products of its own that run by `runtime`.
  PackedMatrix(Runtime& runtime, const PackedMatrix& twin);

  /// y [rows, out] = x [rows, in] times the matrix, plus bias [out] if the matrix takes one. The
  /// primitive is made when a number of rows is first seen.
  void multiply(const float* x, int64_t rows, const float* bias, const Fused& fused, float* y);

  /// The matrix as it lies, [in, out].
  dnnl::memory memory() const;
  std::span<float> values() const { return packed_->span(); }
  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Product {
    int64_t rows;
    Fused fused;
    std::unique_ptr<Matmul> matmul;
  };
  Matmul& product(int64_t rows, const Fused& fused);
  std::string describe(int64_t rows) const;

  Runtime* runtime_;
  std::string layer_;
  int64_t in_, out_;
  bool with_bias_;
  dnnl::memory::desc desc_;
  std::shared_ptr<const Buffer> packed_;
  std::vector<Product> products_;
};

}  // namespace saccade
