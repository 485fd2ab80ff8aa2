// How a machine's cores and memory are shared out among the parts of a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "app/maps/map_request.h"
#include "model/kernels/precision.h"
#include "weights/checkpoint.h"

namespace saccade {

/// What the user wants of it; nullopt: chosen here.
struct ResourceRequest {
  std::optional<int> threads;  ///< for the model, all streams together
  std::optional<int> streams;
  std::optional<int> decode_threads;
  std::optional<int64_t> batch_size;
  std::optional<uint64_t> max_memory;    ///< bytes
  Precision precision = Precision::f32;  ///< of the model
};

struct ResourcePlan {
  int streams = 1;                       ///< batches that are in the model at once
  int threads_each = 1;                  ///< of a stream
  int decode_threads = 1;                ///< that read pictures
  int64_t batch_size = 1;                ///< pictures of a stream at a time
  uint64_t max_memory = 0;               ///< bytes, of the whole process
  Precision precision = Precision::f32;  ///< of the model

  /// How many pictures are between the folder and the results at the most.
  size_t pictures_ahead() const;
};

/// For `pictures` pictures, with maps or without, on the CPUs and the memory that this process may
/// use: a stream of one thread for every CPU, which leaves no core waiting for another, as long as
/// there are pictures and memory for them; then fewer, on more threads each. Throws UsageError
/// where request contradict each other.
ResourcePlan plan_resources(const ResourceRequest& request, const Checkpoint& checkpoint,
                            size_t pictures, const MapRequest* maps = nullptr);

/// What the limit leaves for decoding, in bytes, once the model is in memory. Throws UsageError
/// where that is too little.
uint64_t memory_for_decoding(const ResourcePlan& plan, const Checkpoint& checkpoint,
                             const MapRequest* maps = nullptr);

}  // namespace saccade
