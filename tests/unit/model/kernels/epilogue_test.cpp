#include "model/kernels/epilogue.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr Activation kActivations[] = {Activation::gelu, Activation::gelu_tanh,
                                       Activation::quick_gelu, Activation::silu, Activation::relu};
constexpr double kTolerance = 2e-6;  // gelu's polynomial 1e-6, roundings of the sum

// x Wᵀ for quantized x and W, and its value in floats.
struct Product {
  int64_t rows, columns;
  std::vector<int32_t> integers;  // Σ u s, [rows, columns]
  Values numbers;                 // Σ x w, [rows, columns]
  std::vector<RowQuantization> row_quantization;
  Values scales, sums;
  Values bias;

  Dequantization dequantization() const {
    return {row_quantization.data(), scales.data(), sums.data()};
  }
};

Product random_product(int64_t rows, int64_t columns) {
  constexpr int64_t kInner = 37;
  std::mt19937 engine(unsigned(rows * columns));
  std::uniform_int_distribution<int> u_of(0, 255), s_of(-127, 127);
  std::uniform_real_distribution<float> around(0.5f, 2);
  std::vector<int> u(size_t(rows * kInner)), s(size_t(columns * kInner));
  for (int& value : u) value = u_of(engine);
  for (int& value : s) value = s_of(engine);
  Product p{rows, columns, {}, {}, {}, {}, {}, random_values(size_t(columns), 1)};
  for (int64_t r = 0; r < rows; ++r) {
    p.row_quantization.push_back({0.02f * around(engine), float(u_of(engine))});
  }
  for (int64_t c = 0; c < columns; ++c) {
    int sum = 0;
    for (int64_t i = 0; i < kInner; ++i) sum += s[size_t(c * kInner + i)];
    p.scales.push_back(0.002f * around(engine));
    p.sums.push_back(p.scales.back() * float(sum));
  }
  for (int64_t r = 0; r < rows; ++r) {
    const RowQuantization& code = p.row_quantization[size_t(r)];
    for (int64_t c = 0; c < columns; ++c) {
      int integer = 0;
      double number = 0;
      for (int64_t i = 0; i < kInner; ++i) {
        const int ui = u[size_t(r * kInner + i)], si = s[size_t(c * kInner + i)];
        integer += ui * si;
        number +=
            double(code.scale) * (ui - double(code.zero_point)) * double(p.scales[size_t(c)]) * si;
      }
      p.integers.push_back(integer);
      p.numbers.push_back(float(number));
    }
  }
  return p;
}

// Of a product.
struct Part {
  int64_t first_row, rows, first_column, columns;
};

// Dense, as apply_epilogue takes it.
template <typename T>
std::vector<T> cut(const std::vector<T>& values, int64_t columns, const Part& part) {
  std::vector<T> dense;
  for (int64_t r = part.first_row; r < part.first_row + part.rows; ++r) {
    const auto first = values.begin() + r * columns + part.first_column;
    dense.insert(dense.end(), first, first + part.columns);
  }
  return dense;
}

// apply_epilogue() on that part, of integers and of numbers, against one element after the other:
// `place` says where one goes. Much of y lies outside the part and must stay as it is.
void expect_finished(const Product& product, const Part& part, const Epilogue& epilogue,
                     const OutputLayout& to, const std::function<int64_t(int64_t, int64_t)>& place,
                     int64_t y_count, FloatType type) {
  for (const bool quantized : {false, true}) {
    SCOPED_TRACE(testing::Message()
                 << (quantized ? "int8 " : "") << (type == FloatType::bf16 ? "bf16" : "f32")
                 << ", tile of " << part.columns << " columns");
    const Guarded y(random_values(size_t(y_count), 2), type);
    Values wanted = y.values();
    for (int64_t r = part.first_row; r < part.first_row + part.rows; ++r) {
      for (int64_t c = part.first_column; c < part.first_column + part.columns; ++c) {
        float& value = wanted[size_t(place(r, c))];
        double sum = double(product.numbers[size_t(r * product.columns + c)]) +
                     double(product.bias[size_t(c)]);
        if (epilogue.activation) sum = plain_activation(*epilogue.activation, sum);
        if (epilogue.accumulate) sum += double(value);
        value = float(sum);
      }
    }
    std::vector<int32_t> integers = cut(product.integers, product.columns, part);
    Values numbers = cut(product.numbers, product.columns, part);
    void* values = quantized ? static_cast<void*>(integers.data()) : numbers.data();
    apply_epilogue({values, part.first_row, part.rows, part.first_column, part.columns},
                   quantized ? product.dequantization() : Dequantization{}, product.bias.data(),
                   epilogue, to, y);
    EXPECT_LE(excess(y.values(), wanted, type, kTolerance), 1);
  }
}

// A tile in the middle of a dense matrix.
void expect_finished_plainly(size_t tile_columns, const Epilogue& epilogue, FloatType type) {
  const Part part{2, 3, 4, int64_t(tile_columns)};
  const int64_t rows = 7, columns = part.columns + 9;
  expect_finished(
      random_product(rows, columns), part, epilogue, OutputLayout::plain(columns),
      [&](int64_t row, int64_t column) { return row * columns + column; }, rows * columns, type);
}

TEST(ApplyEpilogue, AddsTheBiasOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const FloatType type : kTypes) expect_finished_plainly(columns, {}, type);
    }
  });
}

TEST(ApplyEpilogue, AppliesEveryActivationOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const Activation activation : kActivations) {
        SCOPED_TRACE(name_of(activation));
        for (const FloatType type : kTypes) {
          expect_finished_plainly(columns, {.activation = activation}, type);
        }
      }
    }
  });
}

TEST(ApplyEpilogue, AddsToWhatIsThereOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      expect_finished_plainly(columns, {.accumulate = true}, FloatType::f32);
    }
  });
}

// [B * T, 3 H d] -> [B, 3, H, T, d], as Block::project asks for it.
TEST(ApplyEpilogue, PutsHeadsTogetherOnEveryTarget) {
  constexpr int64_t B = 2, T = 5, H = 3;
  on_every_target([] {
    for (const int64_t d : {1, 3, 15, 16, 17, 63, 64}) {
      const int64_t columns = 3 * H * d, y_count = B * 3 * H * T * d;
      // Of `rows` tokens of each image.
      const auto expect_heads = [&](int64_t rows, const Part& part, const Epilogue& epilogue,
                                    FloatType type) {
        const OutputLayout heads{rows, 3 * T * H * d, d, d, T * d};
        const auto place = [&](int64_t row, int64_t column) {
          const int64_t image = row / rows, token = row % rows, head = column / d;  // of q, k and v
          return ((image * 3 * H + head) * T + token) * d + column % d;
        };
        expect_finished(random_product(B * rows, columns), part, epilogue, heads, place, y_count,
                        type);
      };
      for (const FloatType type : kTypes) {
        expect_heads(T, {0, B * T, 0, columns}, {}, type);
        expect_heads(T, {0, B * T, H * d, 2 * H * d}, {}, type);  // k and v
        expect_heads(2, {0, B * 2, 0, H * d}, {}, type);          // q of two tokens
        // From within a head to within another, from one image to the next.
        expect_heads(T, {3, 4, d / 2, 4 * d}, {}, type);
        expect_heads(T, {3, 4, d / 2, 4 * d}, {.activation = Activation::gelu}, type);
      }
      expect_heads(T, {3, 4, d / 2, 4 * d}, {.accumulate = true}, FloatType::f32);
    }
  });
}

TEST(Activate, TakesAnyNumberOfNumbersOnEveryTarget) {
  on_every_target([] {
    for (const size_t count : kSizes) {
      Values x = random_values(count, unsigned(count), 2);
      x[0] = 3;  // of a single small value, f32 would not keep 2e-6
      for (const Activation activation : kActivations) {
        Values wanted;
        for (const float value : x) {
          wanted.push_back(float(plain_activation(activation, double(value))));
        }
        for (const FloatType type : kTypes) {
          const Guarded y(count, type);
          activate(activation, x.data(), int64_t(count), y);
          EXPECT_LE(excess(y.values(), wanted, type, kTolerance), 1)
              << name_of(activation) << " of " << count;
        }
      }
    }
  });
}

// Of one x: 1e-6, as Gelu says of itself; beyond its polynomial's end Φ is a constant that f32
// leaves 1e-7 from 0 or 1, hence a part of x.
double activation_error(float x) { return std::max(1e-6, 2e-7 * std::abs(double(x))); }

// One by one, where they bend. So many numbers are shared out to the threads.
TEST(Activate, IsNearItsFormulaOnEveryTarget) {
  Values x;
  for (int i = -12 * 1024; i <= 12 * 1024; ++i) x.push_back(float(i) / 1024);
  on_every_target([&] {
    for (const Activation activation : kActivations) {
      for (const FloatType type : kTypes) {
        const Guarded y(x.size(), type);
        activate(activation, x.data(), int64_t(x.size()), y);
        const Values found = y.values();
        for (size_t i = 0; i < x.size(); ++i) {
          const double wanted = plain_activation(activation, double(x[i]));
          const double rounding = type == FloatType::bf16 ? std::abs(wanted) / 256 : 0;
          ASSERT_NEAR(found[i], wanted, activation_error(x[i]) + rounding)
              << name_of(activation) << " of " << x[i];
        }
      }
    }
  });
}

TEST(Activate, IsZeroAtZero) {
  on_every_target([] {
    for (const Activation activation : kActivations) {
      Values x(38, 0.0f), y(38, NAN);  // in vectors, and what is left over
      std::fill(x.begin() + 19, x.end(), -0.0f);
      activate(activation, x.data(), 38, y.data());
      EXPECT_EQ(y, Values(38, 0)) << name_of(activation);
    }
  });
}

// To 0 on the left and to x on the right, where an exponential or a power would overflow, too.
TEST(Activate, TailsAreRightOnEveryTarget) {
  on_every_target([] {
    for (const Activation activation : kActivations) {
      for (const float x : {-3e38f, -1e20f, -1e4f, -100.0f, -50.0f, -6.0f, 6.0f, 50.0f, 100.0f,
                            1e4f, 1e20f, 3e38f}) {
        const Values xs(19, x);
        Values ys(19, NAN);
        activate(activation, xs.data(), 19, ys.data());
        const double wanted =
            std::abs(x) < 50 ? plain_activation(activation, double(x)) : std::max(double(x), 0.0);
        for (const float y : ys) {
          EXPECT_NEAR(y, wanted, activation_error(x)) << name_of(activation) << " of " << x;
        }
      }
    }
  });
}

TEST(Activate, NaNStaysNaN) {
  on_every_target([] {
    for (const Activation activation :
         {Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu, Activation::silu,
          Activation::relu}) {
      Values x(19, NAN), y(19, 0.0f);
      activate(activation, x.data(), 19, y.data());
      for (const float value : y) EXPECT_TRUE(std::isnan(value)) << name_of(activation);
    }
  });
}

}  // namespace
}  // namespace saccade
