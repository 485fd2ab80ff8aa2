#include "model/kernels/epilogue.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/epilogue.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/activation_simd.h"
#include "model/kernels/parallel.h"
#include "model/kernels/quantize_simd.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

// Products of f32 or bf16.
struct Sums {
  const float* values;

  Sums row(int64_t, int64_t first) const { return {values + first}; }
  Sums from(int64_t column) const { return {values + column}; }
  template <class D>
  HWY_INLINE hn::Vec<D> at(D d, size_t i) const {
    return hn::LoadU(d, values + i);
  }
};

// Products of int8, see Dequantization.
struct QuantizedSums {
  const int32_t* values;
  Dequantization dequantization;
  RowQuantization quantization{};

  QuantizedSums row(int64_t row, int64_t first) const {
    return {values + first, dequantization, dequantization.rows[row]};
  }
  QuantizedSums from(int64_t column) const {
    return {values + column,
            {dequantization.rows, dequantization.scales + column, dequantization.sums + column},
            quantization};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> at(D d, size_t i) const {
    const hn::Rebind<int32_t, D> integers;
    const auto sum = hn::ConvertTo(d, hn::LoadU(integers, values + i));
    const auto scaled = hn::Mul(sum, hn::LoadU(d, dequantization.scales + i));
    const auto shift =
        hn::Mul(hn::Set(d, quantization.zero_point), hn::LoadU(d, dequantization.sums + i));
    return hn::Mul(hn::Sub(scaled, shift), hn::Set(d, quantization.scale));
  }
};

// Calls segment(values, bias, count, offset in y) for every piece of the tile that is contiguous in
// y.
template <typename Values, typename Segment>
HWY_INLINE void for_segments(const Tile& tile, const Values& values, const float* bias,
                             const OutputLayout& to, const Segment& segment) {
  for (int64_t row = 0; row < tile.rows; ++row) {
    const Values of_row = values.row(tile.first_row + row, row * tile.columns);
    const int64_t start = to.row(tile.first_row + row);
    for (int64_t column = 0; column < tile.columns;) {
      const int64_t place = tile.first_column + column;
      const int64_t within = place % to.segment_columns;
      const int64_t count = std::min(to.segment_columns - within, tile.columns - column);
      segment(of_row.from(column), bias + place, size_t(count),
              start + place / to.segment_columns * to.segment_stride + within);
      column += count;
    }
  }
}

template <typename Values, typename Function, typename Out>
void store_tile(const Tile& tile, const Values& values, const float* bias, const Function& function,
                const OutputLayout& to, Out* y) {
  for_segments(tile, values, bias, to,
               [&](const Values& v, const float* b, size_t count, int64_t place) HWY_ATTR {
                 for_vectors(count, [&](auto d, size_t i) HWY_ATTR {
                   const auto sum = hn::Add(v.at(d, i), hn::LoadU(d, b + i));
                   store(function(d, sum), d, y + place + i);
                 });
               });
}

template <typename Values>
void add_tile(const Tile& tile, const Values& values, const float* bias, const OutputLayout& to,
              float* y) {
  for_segments(tile, values, bias, to,
               [&](const Values& v, const float* b, size_t count, int64_t place) HWY_ATTR {
                 for_vectors(count, [&](auto d, size_t i) HWY_ATTR {
                   const auto sum = hn::Add(v.at(d, i), hn::LoadU(d, b + i));
                   hn::StoreU(hn::Add(sum, hn::LoadU(d, y + place + i)), d, y + place + i);
                 });
               });
}

template <typename Values>
void apply_to(const Tile& tile, const Values& values, const float* bias, const Epilogue& epilogue,
              const OutputLayout& to, FloatView y) {
  if (epilogue.accumulate) return add_tile(tile, values, bias, to, y.f32());
  const auto with = [&](const auto& function) HWY_ATTR {
    if (y.type() == FloatType::f32) {
      store_tile(tile, values, bias, function, to, y.f32());
    } else {
      store_tile(tile, values, bias, function, to, y.bf16());
    }
  };
  if (epilogue.activation) return with_activation(*epilogue.activation, with);
  with(Identity{});
}

void ApplyEpilogue(const Tile& tile, const Dequantization& dequantization, const float* bias,
                   const Epilogue& epilogue, const OutputLayout& to, const FloatView& y) {
  // Both begin at the first column of the tile.
  if (dequantization.rows) {
    const Dequantization here{dequantization.rows, dequantization.scales + tile.first_column,
                              dequantization.sums + tile.first_column};
    apply_to(tile, QuantizedSums{static_cast<const int32_t*>(tile.values), here}, bias, epilogue,
             to, y);
  } else {
    apply_to(tile, Sums{static_cast<const float*>(tile.values)}, bias, epilogue, to, y);
  }
}

void ApplyEpilogueToQuantized(const Tile& tile, const Dequantization& dequantization,
                              const float* bias, const Epilogue& epilogue, const QuantizedRows& y) {
  const auto count = size_t(tile.columns);
  const auto with = [&](const auto& function) HWY_ATTR {
    for (int64_t row = 0; row < tile.rows; ++row) {
      auto* sums = static_cast<int32_t*>(tile.values) + row * tile.columns;
      const QuantizedSums values = QuantizedSums{sums, dequantization}.row(tile.first_row + row, 0);
      auto* numbers = reinterpret_cast<float*>(sums);  // in their place
      for_vectors(count, [&](auto d, size_t i) HWY_ATTR {
        const auto sum = hn::Add(values.at(d, i), hn::LoadU(d, bias + i));
        hn::StoreU(function(d, sum), d, numbers + i);
      });
      const int64_t to = tile.first_row + row;
      y.quantization[to] = quantize_row(numbers, count, y.values + to * tile.columns);
    }
  };
  if (epilogue.activation) return with_activation(*epilogue.activation, with);
  with(Identity{});
}

void Activate(Activation activation, const float* x, size_t count, const FloatView& y) {
  with_activation(activation, [&](const auto& function) HWY_ATTR {
    const auto each = [&](auto* out) HWY_ATTR {
      for_vectors(count, [&](auto d, size_t i)
                             HWY_ATTR { store(function(d, hn::LoadU(d, x + i)), d, out + i); });
    };
    if (y.type() == FloatType::f32) {
      each(y.f32());
    } else {
      each(y.bf16());
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(ApplyEpilogue);
HWY_EXPORT(ApplyEpilogueToQuantized);
HWY_EXPORT(Activate);

void apply_epilogue(const Tile& tile, const Dequantization& dequantization, const float* bias,
                    const Epilogue& epilogue, const OutputLayout& to, FloatView y) {
  HWY_DYNAMIC_DISPATCH(ApplyEpilogue)(tile, dequantization, bias, epilogue, to, y);
}

void apply_epilogue(const Tile& tile, const Dequantization& dequantization, const float* bias,
                    const Epilogue& epilogue, const QuantizedRows& y) {
  HWY_DYNAMIC_DISPATCH(ApplyEpilogueToQuantized)(tile, dequantization, bias, epilogue, y);
}

void activate(Activation activation, const float* x, int64_t count, FloatView y) {
  constexpr int64_t kPart = 1 << 12;
  parallel_for((count + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t first = part * kPart;
    HWY_DYNAMIC_DISPATCH(Activate)
    (activation, x + first, size_t(std::min(kPart, count - first)), y.from(first));
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
