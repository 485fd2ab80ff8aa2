#include "model/kernels/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }
float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }

// By bf16's definition: 8 significant bits, exponents from -126, ties to even as nearbyint().
float plain_rounding(float value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(value), -126) - 7);
  return float(std::nearbyint(double(value) / unit) * unit);
}

// Every sign, exponent and upper mantissa, each followed by the lower halves that decide.
Values every_rounding() {
  Values values;
  for (uint32_t upper = 0; upper < 0x10000; ++upper) {
    for (const uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      values.push_back(float_of(upper << 16 | lower));
    }
  }
  return values;
}

TEST(Bf16, RoundsToTheNearestTiesToEven) {
  struct Case {
    uint32_t f32;
    uint16_t bf16;
  };
  for (const auto& [f32, bf16] : {
           Case{0x00000000, 0x0000}, Case{0x80000000, 0x8000},  // both zeros
           Case{0x3f800000, 0x3f80},                            // 1
           Case{0x3f807fff, 0x3f80}, Case{0x3f808001, 0x3f81},  // beside a tie
           Case{0x3f808000, 0x3f80}, Case{0x3f818000, 0x3f82},  // ties
           Case{0xbf808000, 0xbf80}, Case{0xbf818000, 0xbf82},
           Case{0x3fff8000, 0x4000}, Case{0x3fffffff, 0x4000},  // up to the next exponent
           Case{0xbfff8000, 0xc000}, Case{0x00008000, 0x0000},
           Case{0x00008001, 0x0001},                            // below the normal numbers
           Case{0x007fffff, 0x0080},                            // up to the least of those
           Case{0x7f7f7fff, 0x7f7f}, Case{0x7f7f8000, 0x7f80},  // the greatest, and beyond
           Case{0x7f800000, 0x7f80}, Case{0xff800000, 0xff80},  // infinite
       }) {
    EXPECT_EQ(to_bf16(float_of(f32)).bits, bf16) << std::hex << f32;
  }
  EXPECT_TRUE(std::isnan(to_f32(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Bf16, RoundsAsItsDefinitionSays) {
  for (const float value : every_rounding()) {
    if (std::isnan(value)) continue;
    ASSERT_EQ(bits_of(to_f32(to_bf16(value))), bits_of(plain_rounding(value))) << value;
  }
}

TEST(Bf16, EveryNumberIsTheUpperHalfOfAnF32) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    ASSERT_EQ(bits_of(to_f32(Bf16{uint16_t(bits)})), bits << 16);
  }
}

TEST(FloatView, KnowWhereTheyLie) {
  for (const FloatType type : kTypes) {
    const FloatBuffer buffer(3, type);
    EXPECT_GE(buffer.bytes(), size_t(3 * bytes_of(type)));
    const FloatView first = buffer, third = first.from(2);
    EXPECT_EQ(third.type(), type);
    EXPECT_EQ(static_cast<std::byte*>(third.data()) - static_cast<std::byte*>(first.data()),
              2 * bytes_of(type));
    EXPECT_EQ(buffer.from(2).data(), third.data());
  }
}

// Also shows that the work of several threads joins, since there are many.
TEST(Convert, RoundsAsToBf16OnEveryTarget) {
  Values from = every_rounding();
  const auto count = int64_t(from.size());
  std::vector<Bf16> to(from.size());
  on_every_target([&] {
    std::fill(to.begin(), to.end(), Bf16{0x1234});
    convert(from.data(), count, to.data());
    for (size_t i = 0; i < from.size(); ++i) {
      ASSERT_EQ(to[i].bits, to_bf16(from[i]).bits) << std::hex << bits_of(from[i]);
    }
  });
}

TEST(Convert, WidensEveryNumberOnEveryTarget) {
  std::vector<Bf16> from;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) from.push_back({uint16_t(bits)});
  on_every_target([&] {
    Values to(from.size());
    convert(from.data(), int64_t(from.size()), to.data());
    for (size_t i = 0; i < to.size(); ++i) ASSERT_EQ(bits_of(to[i]), uint32_t(i << 16));
  });
}

TEST(Convert, TakesAnyNumberOfNumbersFromAnyTypeToAnyOther) {
  on_every_target([] {
    for (const size_t count : kSizes) {
      for (const FloatType from_type : kTypes) {
        for (const FloatType to_type : kTypes) {
          const Guarded from(random_values(count, unsigned(count)), from_type);
          const Guarded to(count, to_type);
          convert(from, int64_t(count), to);
          EXPECT_EQ(to.values(), Guarded(from.values(), to_type).values()) << count;
        }
      }
    }
  });
}

TEST(Convert, CopiesRowsBetweenOthers) {
  constexpr size_t kRows = 3;
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const FloatType type : kTypes) {
        const size_t stride = columns + 5;
        const Values from = random_values(kRows * columns, unsigned(columns));
        const Guarded to(random_values((kRows - 1) * stride + columns, 1), type);
        Values wanted = to.values();
        for (size_t i = 0; i < from.size(); ++i) {
          wanted[i / columns * stride + i % columns] =
              type == FloatType::f32 ? from[i] : to_f32(to_bf16(from[i]));
        }
        copy_rows(from.data(), kRows, int64_t(columns), to, int64_t(stride));
        EXPECT_EQ(to.values(), wanted) << columns;
      }
    }
  });
}

TEST(Convert, AsTypeCopiesOnlyWhatIsOfAnotherType) {
  for (const FloatType from_type : kTypes) {
    for (const FloatType to_type : kTypes) {
      const Guarded from(random_values(17, 1), from_type), room(Values(17, 3), to_type);
      const FloatView result = as_type(from, 17, room);
      EXPECT_EQ(result.type(), to_type);
      if (from_type == to_type) {
        EXPECT_EQ(result.data(), FloatView(from).data());
        EXPECT_EQ(room.values(), Values(17, 3));
      } else {
        EXPECT_EQ(result.data(), FloatView(room).data());
        EXPECT_EQ(room.values(), Guarded(from.values(), to_type).values());
      }
    }
  }
}

}  // namespace
}  // namespace saccade
