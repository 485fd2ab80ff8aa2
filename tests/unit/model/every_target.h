// What tests of vectorized code share: every instruction set, sizes that are no multiple of a
// vector, and numbers of both types.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/float_view.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade::test {

// Runs `body` once on every instruction set that this processor has.
template <typename Body>
void on_every_target(const Body& body) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

constexpr size_t kSizes[] = {1, 3, 15, 16, 17, 63, 64, 197, 770};
constexpr FloatType kTypes[] = {FloatType::f32, FloatType::bf16};

inline void write(const Values& values, FloatView to) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (to.type() == FloatType::f32) {
      to.f32()[i] = values[i];
    } else {
      to.bf16()[i] = to_bf16(values[i]);
    }
  }
}

inline Values read(FloatView from, size_t count) {
  Values values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = from.type() == FloatType::f32 ? from.f32()[i] : to_f32(from.bf16()[i]);
  }
  return values;
}

// FloatView of either type, on no boundary of a vector, between others that nothing may change.
class Guarded {
 public:
  // As `values`, rounded to the type.
  Guarded(const Values& values, FloatType type)
      : count_(values.size()), buffer_(values.size() + 2 * kGuards, type) {
    write(Values(count_ + 2 * kGuards, kGuard), buffer_);
    write(values, *this);
  }
  Guarded(size_t count, FloatType type) : Guarded(Values(count, NAN), type) {}

  operator FloatView() const { return buffer_.from(kGuards); }
  Values values() const {
    for (const int64_t place : {int64_t{0}, kGuards + int64_t(count_)}) {
      EXPECT_EQ(read(buffer_.from(place), kGuards), Values(kGuards, kGuard)) << "written outside";
    }
    return read(*this, count_);
  }

 private:
  static constexpr int64_t kGuards = 17;
  static constexpr float kGuard = -12288;  // a number in bf16, too

  size_t count_;
  FloatBuffer buffer_;
};

// The largest difference in units of what may be: a part `f32` of the largest value of `wanted`
// and, where numbers are bf16, half a unit in the last of 8 bits, 2^-8 of the value itself.
inline double excess(const Values& found, const Values& wanted, FloatType type, double f32) {
  if (found.size() != wanted.size()) return INFINITY;
  double largest = 0, excess = 0;
  for (const float value : wanted) largest = std::max(largest, std::abs(double(value)));
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double rounding = type == FloatType::bf16 ? std::abs(double(wanted[i])) / 256 : 0;
    const double difference = std::abs(double(found[i]) - double(wanted[i]));
    if (difference == 0) continue;
    excess = std::isnan(difference) ? INFINITY
                                    : std::max(excess, difference / (f32 * largest + rounding));
  }
  return excess;
}

}  // namespace saccade::test
