// Divides the machine's cores and memory among the stages of the pipeline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "app/maps/map_request.h"
#include "model/kernels/precision.h"
#include "weights/checkpoint.h"

namespace saccade {

/// The user's settings; nullopt means that plan_resources() chooses.
struct ResourceRequest {
  std::optional<int> threads;  ///< for the model, all streams together
  std::optional<int> streams;
  std::optional<int> decode_threads;
  std::optional<int64_t> batch_size;
  std::optional<uint64_t> max_memory;    ///< bytes
  Precision precision = Precision::f32;  ///< of the model
  /// For decoding one picture; nullopt for no limit.
  std::optional<std::chrono::seconds> picture_timeout = std::chrono::seconds(60);
};

struct ResourcePlan {
  int streams = 1;                       ///< batches that run at the same time
  int threads_each = 1;                  ///< per stream
  int decode_threads = 1;                ///< threads that read pictures
  int64_t batch_size = 1;                ///< pictures per batch
  uint64_t max_memory = 0;               ///< bytes, of the whole process
  bool max_memory_given = false;         ///< by the user; else it is a share of the machine's
  uint64_t machine_memory = 0;           ///< bytes that the machine or its control group has
  Precision precision = Precision::f32;  ///< of the model
  std::optional<std::chrono::seconds> picture_timeout;  ///< of the request

  /// The largest number of pictures in the pipeline at once.
  size_t pictures_ahead() const;
};

/// Plans for `pictures` pictures, with maps or without, on the CPUs and memory that this process
/// may use: one single-threaded stream per CPU, so that no core waits for another; fewer streams
/// with more threads each if there are few pictures or little memory. Without a limit in the
/// request, the limit is a quarter of the machine's memory, shared among the tasks of a job. Throws
/// UsageError if the request contradicts itself.
ResourcePlan plan_resources(const ResourceRequest& request, const Checkpoint& checkpoint,
                            size_t pictures, const MapRequest* maps = nullptr);

/// The memory in bytes that the limit leaves for decoding once the model is loaded. If that is too
/// little, raises `plan.max_memory` to what is needed, unless the user gave it. Throws UsageError
/// if the user's limit is too low, SystemError if the machine has too little memory.
uint64_t memory_for_decoding(ResourcePlan& plan, const Checkpoint& checkpoint,
                             const MapRequest* maps = nullptr);

}  // namespace saccade
