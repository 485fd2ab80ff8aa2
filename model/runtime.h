// What all layers of one model share: oneDNN's engine and stream, one scratchpad, and a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <mutex>

#include "model/buffer.h"
#include "model/layer_clock.h"

namespace saccade {

/// One forward pass at a time: the scratchpad is shared by every primitive.
class Runtime {
 public:
  Runtime();

  const dnnl::engine& engine() const { return engine_; }
  const dnnl::stream& stream() const { return stream_; }

  /// Makes the scratchpad large enough for `desc`; may be called from several threads at once.
  void reserve_scratchpad(const dnnl::memory::desc& desc);
  /// The scratchpad; it moves when a larger one is reserved.
  void* scratchpad() const { return scratchpad_.data(); }

  LayerClock& clock() { return clock_; }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  std::mutex mutex_;
  Buffer scratchpad_;
  LayerClock clock_;
};

/// Attributes of every primitive here: `ops` after it, its scratchpad given by the caller.
dnnl::primitive_attr attributes(const dnnl::post_ops& ops = {});

}  // namespace saccade
