#include "weights/files/tensor_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the elements of a safetensors file are used as they are stored");

/// IEEE 754 binary16 to binary32, exact. Keeps the payload of a NaN.
inline float from_f16(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t magnitude = half & 0x7fffu;
  // The exponent bias is 15 in f16 and 127 in f32. Infinities and NaNs need the exponent 255, not
  // 31 + 112.
  const uint32_t special = magnitude >= 0x7c00u ? 112u << 23 : 0u;
  const uint32_t normal = (magnitude << 13) + (112u << 23) + special;
  // A subnormal is a multiple of 2^-24.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f);
  // Select with a mask: g++ compiles `?:` around a floating-point operation to a branch.
  const uint32_t mask = 0u - static_cast<uint32_t>(magnitude < 0x0400u);
  return std::bit_cast<float>(sign | (subnormal & mask) | (normal & ~mask));
}

inline float from_bf16(uint16_t upper_half) {
  return std::bit_cast<float>(static_cast<uint32_t>(upper_half) << 16);
}

inline float from_f64(double value) { return static_cast<float>(value); }

// Reads through memcpy, because the elements are not aligned, and has no branches, so that the
// compiler vectorises the loop.
template <typename Stored, float (*to_float)(Stored)>
void convert(std::span<const std::byte> bytes, std::span<float> out) {
  const std::byte* in = bytes.data();
  for (size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, in + i * sizeof(Stored), sizeof(Stored));
    out[i] = to_float(value);
  }
}

size_t element_size(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::f64:
      return 8;
    case DType::f32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::other:
      break;
  }
  throw ModelError(fmt::format("tensor {} has dtype {}; wanted F32, F16, BF16 or F64",
                               quote(tensor.name), quote(tensor.dtype_name)));
}

}  // namespace

int64_t TensorView::count() const {
  // If one axis is empty, the product of the others may overflow.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t product = 1;
  for (const int64_t size : shape) product *= size;
  return product;
}

void convert_to_f32(const TensorView& tensor, std::span<float> out) {
  if (tensor.bytes.size() != out.size() * element_size(tensor)) {
    throw std::invalid_argument(fmt::format("tensor {} has {} bytes, which are not {} elements",
                                            quote(tensor.name), tensor.bytes.size(), out.size()));
  }
  if (out.empty()) return;
  switch (tensor.dtype) {
    case DType::f64:
      return convert<double, from_f64>(tensor.bytes, out);
    case DType::f32:
      std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
      return;
    case DType::f16:
      return convert<uint16_t, from_f16>(tensor.bytes, out);
    case DType::bf16:
      return convert<uint16_t, from_bf16>(tensor.bytes, out);
    case DType::other:
      return;  // element_size threw
  }
}

}  // namespace saccade
