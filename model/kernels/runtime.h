// What all layers of one model share: oneDNN's engine and streams, working memory, and a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/kernels/layer_clock.h"
#include "model/kernels/precision.h"

namespace saccade {

class Matmul;

/// A product of plain rows with a packed matrix: [rows, in] x [in, out].
struct ProductShape {
  int64_t rows, in, out;
  Precision precision;
  friend auto operator<=>(const ProductShape&, const ProductShape&) = default;
};

/// One forward pass at a time: working memory is shared by all layers.
class Runtime {
 public:
  /// For as many threads as the caller has set.
  Runtime();
  ~Runtime();

  int threads() const { return int(streams_.size()); }
  const dnnl::engine& engine() const { return engine_; }
  const dnnl::stream& stream(int thread = 0) const { return streams_[size_t(thread)]; }

  /// The product for every matrix of this shape, to be run by each thread for itself. Its matrix
  /// lies as `packed` says, or with "any" as oneDNN likes it best. May be called from several
  /// threads at once.
  Matmul& product(const ProductShape& shape, const dnnl::memory::desc& packed);

  /// Every thread's scratchpad gets at least this size, and so does its tile: room for what lies
  /// between one step and the next. They move when they grow.
  void reserve_scratchpad(const dnnl::memory::desc& desc);
  void reserve_tile(size_t bytes);
  void* scratchpad(int thread = 0) const { return scratchpads_[size_t(thread)].data(); }
  void* tile(int thread) const { return tiles_[size_t(thread)].data(); }
  /// Room for what all threads work on.
  void* shared(size_t bytes);

  LayerClock& clock() { return clock_; }

 private:
  dnnl::engine engine_;
  std::vector<dnnl::stream> streams_;
  std::recursive_mutex mutex_;
  std::map<ProductShape, std::vector<std::unique_ptr<Matmul>>> products_;  // one a layout
  std::vector<Buffer> scratchpads_, tiles_;
  Buffer shared_;
  LayerClock clock_;
};

/// What a model of this precision keeps its activations in.
FloatType float_type(Precision precision);

/// Attributes of every primitive here: its scratchpad is given by the caller.
dnnl::primitive_attr attributes();

}  // namespace saccade
