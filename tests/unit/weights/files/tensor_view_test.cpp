#include "weights/files/tensor_view.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

/// Converts the bytes of `values`, placed `shift` bytes off alignment.
template <typename Stored>
std::vector<float> convert(const std::vector<Stored>& values, DType dtype, size_t shift = 1) {
  std::vector<std::byte> bytes(values.size() * sizeof(Stored) + shift);
  if (!values.empty()) {
    std::memcpy(bytes.data() + shift, values.data(), values.size() * sizeof(Stored));
  }
  TensorView tensor;
  tensor.dtype = dtype;
  tensor.shape = {static_cast<int64_t>(values.size())};
  tensor.bytes = std::span(bytes).subspan(shift);
  std::vector<float> out(values.size(), -1.0f);
  convert_to_f32(tensor, out);
  return out;
}

std::vector<uint16_t> all_16_bit_patterns() {
  std::vector<uint16_t> values(65536);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint16_t>(i);
  return values;
}

bool is_negative_zero(double value) { return value == 0 && std::signbit(value); }

/// Returns the value of a floating-point pattern by the definition in IEEE 754.
double plain_value(uint32_t pattern, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int largest = (1 << exponent_bits) - 1;
  const int exponent = static_cast<int>(pattern >> fraction_bits) & largest;
  const double fraction = pattern & ((1u << fraction_bits) - 1);
  const double sign = pattern >> (exponent_bits + fraction_bits) ? -1.0 : 1.0;
  if (exponent == largest) {
    return fraction != 0 ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

void expect_all_patterns(DType dtype, int exponent_bits, int fraction_bits) {
  const auto patterns = all_16_bit_patterns();
  const auto out = convert(patterns, dtype);
  for (size_t i = 0; i < out.size(); ++i) {
    const double wanted = plain_value(patterns[i], exponent_bits, fraction_bits);
    if (std::isnan(wanted)) {
      ASSERT_TRUE(std::isnan(out[i])) << i;
      ASSERT_EQ(std::signbit(out[i]), i >= 0x8000) << i;
    } else {
      ASSERT_EQ(static_cast<double>(out[i]), wanted) << i;
      ASSERT_EQ(is_negative_zero(out[i]), is_negative_zero(wanted)) << i;
    }
  }
}

TEST(Convert, EveryF16) { expect_all_patterns(DType::f16, 5, 10); }

TEST(Convert, EveryBf16) { expect_all_patterns(DType::bf16, 8, 7); }

// Lengths around the width of a vector, for which vectorised loops have a remainder.
TEST(Convert, EveryLengthAndAlignment) {
  const std::vector<uint16_t> pattern = {0x3c00, 0x0001, 0xfbff, 0x8000, 0x7c00};
  for (size_t length = 0; length < 40; ++length) {
    std::vector<uint16_t> values(length);
    for (size_t i = 0; i < length; ++i) values[i] = pattern[i % pattern.size()];
    for (size_t shift = 0; shift < 8; ++shift) {
      const auto out = convert(values, DType::f16, shift);
      for (size_t i = 0; i < length; ++i) {
        ASSERT_EQ(static_cast<double>(out[i]), plain_value(values[i], 5, 10));
      }
    }
  }
}

TEST(Convert, F32BitForBit) {
  const std::vector<uint32_t> bits = {0, 0x80000000u, 1, 0x3f800000u, 0x7f800000u, 0x7fa00001u};
  const auto out = convert(bits, DType::f32);
  EXPECT_EQ(std::memcmp(out.data(), bits.data(), bits.size() * 4), 0);
}

TEST(Convert, F64RoundsToNearestEven) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto out = convert<double>(
      {1.0 / 3.0, 1 + 0x1p-24, 1 + 0x3p-24, 1e300, -1e300, 0x1p-149, 0x1p-150, -0.0, inf},
      DType::f64);
  const std::vector<float> wanted = {0x1.555556p-2f, 1.0f, 1 + 0x1p-22f, INFINITY, -INFINITY,
                                     0x1p-149f,      0.0f, -0.0f,        INFINITY};
  EXPECT_EQ(std::memcmp(out.data(), wanted.data(), wanted.size() * 4), 0);
  EXPECT_TRUE(std::isnan(convert<double>({std::nan("")}, DType::f64)[0]));
}

TEST(Convert, OtherTypesAreErrorsThatNameTheTensor) {
  TensorView tensor;
  tensor.name = "position_ids\n";
  tensor.dtype_name = "I64";
  tensor.shape = {1};
  const std::vector<std::byte> bytes(8);
  tensor.bytes = bytes;
  std::vector<float> out(1);
  test::expect_error<ModelError>([&] { convert_to_f32(tensor, out); },
                                 {R"(tensor "position_ids\n")", "I64", "wanted F32, F16"});
}

TEST(Convert, RejectsAnOutputOfAnotherSize) {
  TensorView tensor;
  tensor.dtype = DType::f32;
  tensor.shape = {2};
  const std::vector<std::byte> bytes(8);
  tensor.bytes = bytes;
  std::vector<float> out(3);
  EXPECT_THROW(convert_to_f32(tensor, out), std::invalid_argument);
  out.resize(1);
  EXPECT_THROW(convert_to_f32(tensor, out), std::invalid_argument);
}

}  // namespace
}  // namespace saccade
