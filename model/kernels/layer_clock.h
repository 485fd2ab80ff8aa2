// Where the time of a forward pass goes, by kinds of layers.
#pragma once

#include <array>
#include <chrono>

#include "model/kernels/profile.h"

namespace saccade {

/// Adds up the time between laps. Does nothing until it is started.
class LayerClock {
 public:
  void start() {
    seconds_.fill(0);
    last_ = Clock::now();
    running_ = true;
  }

  /// All since the last lap was spent on `kind`.
  void lap(LayerKind kind) {
    if (!running_) return;
    const auto now = Clock::now();
    seconds_[size_t(kind)] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

  /// Seconds of each kind since start().
  const LayerTimes& stop() {
    running_ = false;
    return seconds_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool running_ = false;
  Clock::time_point last_{};
  LayerTimes seconds_{};
};

}  // namespace saccade
