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

  /// Counts the time since the last lap as that of `kind`.
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

/// Ends a lap of `kind` when the scope ends. The lap includes the time since the last one, so that
/// the kinds add up to the whole pass.
class [[nodiscard]] LayerTimer {
 public:
  LayerTimer(LayerClock& clock, LayerKind kind) : clock_(clock), kind_(kind) {}
  ~LayerTimer() { clock_.lap(kind_); }
  LayerTimer(const LayerTimer&) = delete;
  LayerTimer& operator=(const LayerTimer&) = delete;

 private:
  LayerClock& clock_;
  LayerKind kind_;
};

}  // namespace saccade
