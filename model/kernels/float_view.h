// Floating-point values in memory, f32 or bf16.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "model/kernels/buffer.h"

namespace saccade {

/// The upper half of an f32 (Intel, "BFLOAT16 - Hardware Numerics Definition", 2018).
struct Bf16 {
  uint16_t bits = 0;
};

inline float to_f32(float value) { return value; }
inline float to_f32(Bf16 value) { return std::bit_cast<float>(uint32_t{value.bits} << 16); }

/// Rounds to nearest, ties to even.
inline Bf16 to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

enum class FloatType { f32, bf16 };

constexpr int64_t bytes_of(FloatType type) { return type == FloatType::f32 ? 4 : 2; }

/// A pointer to values and their type. Owns nothing.
class FloatView {
 public:
  FloatView(float* data) : data_(data), type_(FloatType::f32) {}
  FloatView(Bf16* data) : data_(data), type_(FloatType::bf16) {}
  FloatView(void* data, FloatType type) : data_(data), type_(type) {}

  FloatType type() const { return type_; }
  void* data() const { return data_; }
  float* f32() const {
    assert(type_ == FloatType::f32);
    return static_cast<float*>(data_);
  }
  Bf16* bf16() const {
    assert(type_ == FloatType::bf16);
    return static_cast<Bf16*>(data_);
  }
  /// The values from `index` on.
  FloatView from(int64_t index) const {
    return {static_cast<std::byte*>(data_) + index * bytes_of(type_), type_};
  }

 private:
  void* data_;
  FloatType type_;
};

/// Uninitialized memory for `count` values.
class FloatBuffer {
 public:
  FloatBuffer(size_t count, FloatType type)
      : buffer_((count * size_t(bytes_of(type)) + sizeof(float) - 1) / sizeof(float)),
        type_(type) {}

  FloatView from(int64_t index) const { return FloatView(buffer_.data(), type_).from(index); }
  operator FloatView() const { return from(0); }
  size_t bytes() const { return buffer_.size() * sizeof(float); }

 private:
  Buffer buffer_;
  FloatType type_;
};

}  // namespace saccade
