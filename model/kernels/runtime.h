// What one stream of passes owns: oneDNN's engine and streams, primitives, scratch memory and a
// clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <typeindex>
#include <utility>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/kernels/layer_clock.h"
#include "model/kernels/precision.h"

namespace saccade {

class Matmul;
class Runtime;

/// A product of plain rows with a packed matrix: [rows, in] x [in, out].
struct ProductShape {
  int64_t rows, in, out;
  Precision precision;
  friend auto operator<=>(const ProductShape&, const ProductShape&) = default;
};

/// Scratch memory of `count` floats until the end of its scope.
class Scratch {
 public:
  Scratch(Runtime& runtime, size_t count);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  float* data() const { return data_; }
  operator float*() const { return data_; }

 private:
  Runtime& runtime_;
  float* data_;
};

/// Serves one pass at a time. Only product() and the reserve functions may be called from several
/// threads at once.
class Runtime {
 public:
  /// For as many threads as the caller has set.
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  int threads() const { return int(streams_.size()); }
  const dnnl::engine& engine() const { return engine_; }
  const dnnl::stream& stream(int thread = 0) const { return streams_[size_t(thread)]; }

  /// The product for matrices of this shape, which each thread runs for itself. `packed` is the
  /// layout of the matrix; an empty one takes a layout that is known for this shape, else oneDNN's
  /// choice.
  Matmul& product(const ProductShape& shape, const dnnl::memory::desc& packed);

  /// The T for `key`, made as T(runtime, key) when it is first needed.
  template <typename T>
  T& cached(const typename T::Key& key) {
    return all<T>().try_emplace(key, *this, key).first->second;
  }
  /// Every T made so far, by its key.
  template <typename T>
  std::map<typename T::Key, T>& all() {
    std::shared_ptr<void>& known = caches_[typeid(T)];
    if (!known) known = std::make_shared<std::map<typename T::Key, T>>();
    return *static_cast<std::map<typename T::Key, T>*>(known.get());
  }

  /// Notes that `matrix` was multiplied by that many rows.
  void note_rows(const void* matrix, int64_t rows);
  /// The numbers of rows that were noted, in the order in which they came.
  const std::vector<int64_t>& rows_of(const void* matrix) { return rows_of_[matrix]; }

  /// Every thread's scratchpad has at least this size from here on, and so has its tile: memory for
  /// what one step hands to the next. They move when they grow.
  void reserve_scratchpad(const dnnl::memory::desc& desc);
  void reserve_tile(size_t bytes);
  void* scratchpad(int thread = 0) const { return scratchpads_[size_t(thread)].data(); }
  void* tile(int thread) const { return tiles_[size_t(thread)].data(); }

  /// Memory that all threads share. It is kept for later calls, so only the first pass allocates.
  Scratch scratch(int64_t count) { return {*this, size_t(count)}; }

  LayerClock& clock() { return clock_; }

 private:
  friend class Scratch;

  dnnl::engine engine_;
  std::vector<dnnl::stream> streams_;
  std::recursive_mutex mutex_;
  std::map<ProductShape, std::vector<std::unique_ptr<Matmul>>> products_;  // one per layout
  std::map<std::type_index, std::shared_ptr<void>> caches_;
  std::map<const void*, std::vector<int64_t>> rows_of_;
  std::vector<Buffer> scratchpads_, tiles_;
  std::vector<Buffer> scratch_;  // a stack, one buffer per level
  size_t scratch_level_ = 0;
  LayerClock clock_;
};

/// The type of activations in a model of this precision.
FloatType float_type(Precision precision);

/// Attributes of every primitive here: the caller provides its scratchpad.
dnnl::primitive_attr attributes();

}  // namespace saccade
