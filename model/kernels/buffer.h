// Uninitialized f32 memory for weights and activations.
#pragma once

#include <cstddef>
#include <span>

namespace saccade {

/// Cache-line-aligned memory. Large buffers ask for huge pages: a model's weights then cost
/// hundreds of page faults instead of tens of thousands. Movable, not copyable.
class Buffer {
 public:
  Buffer() = default;
  /// Throws SystemError if there is no memory for `count` floats.
  explicit Buffer(size_t count);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  float* data() const { return data_; }
  size_t size() const { return count_; }
  std::span<float> span() const { return {data_, count_}; }

 private:
  std::byte* block_ = nullptr;  // what was allocated
  float* data_ = nullptr;       // inside it
  size_t count_ = 0;
};

}  // namespace saccade
