// A tensor inside a mapped file, and its conversion to f32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace saccade {

/// Element types that convert_to_f32() reads. Tensors of all other types are `other`, so that a
/// file that has some still opens.
enum class DType { f64, f32, f16, bf16, other };

/// One tensor inside a mapped file. Valid during the lifetime of its TensorFile.
struct TensorView {
  std::string name{};
  DType dtype = DType::other;
  std::string dtype_name;              ///< as in the file: "F32", "BF16", "I64", ...
  std::vector<int64_t> shape{};        ///< empty for a scalar
  std::span<const std::byte> bytes{};  ///< little-endian, row-major, unaligned

  int64_t count() const;  ///< product of the shape, which was checked for overflow
};

/// Converts `tensor` from f32, f16, bf16 or f64 to f32 in `out` (out.size() == tensor.count()).
/// Throws ModelError, which names the tensor and its dtype, for any other dtype, and
/// std::invalid_argument if the sizes differ.
void convert_to_f32(const TensorView& tensor, std::span<float> out);

}  // namespace saccade
