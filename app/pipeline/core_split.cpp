#include "app/pipeline/core_split.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>

#include "app/system/cpu_count.h"
#include "app/system/memory_limit.h"
#include "app/system/shard.h"
#include "model/inference_context.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr uint64_t kDecoding = 64ull << 20;    // the least for decoding: a photo of 5 megapixels
constexpr uint64_t kPrimitives = 24ull << 20;  // what oneDNN makes, and threads

/// As many pictures as make matrices of some 800 rows: more are no faster, and leave streams idle
/// at the end of a run.
int64_t automatic_batch_size(const Checkpoint& checkpoint) {
  const ImageSize grid = checkpoint.config.vit.tokens.grid(checkpoint.input_size());
  return std::clamp<int64_t>(800 / std::max<int64_t>(grid.height * grid.width, 1), 1, 64);
}

int64_t ceil_of_quotient(int64_t a, int64_t b) { return (a + b - 1) / b; }

uint64_t input_bytes(const Checkpoint& checkpoint) {
  const ImageSize input = checkpoint.input_size();
  return sizeof(float) *
         static_cast<uint64_t>(checkpoint.config.vit.tokens.channels * input.height * input.width);
}

uint64_t bytes_of_a_weight(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return 4;
    case Precision::bf16:
      return 2;
    case Precision::int8:
      return 1;
  }
  return 4;
}

bool wants_gradients(const MapRequest* maps) { return maps && maps->wants_gradients(); }

uint64_t stream_bytes(const Checkpoint& checkpoint, int64_t batch_size, Precision precision,
                      const MapRequest* maps) {
  constexpr uint64_t kTiles = 3ull << 20;  // what a thread works on, and rows that are quantised
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  uint64_t bytes = InferenceContext::activation_bytes(vit, input, batch_size, precision) +
                   static_cast<uint64_t>(batch_size) * input_bytes(checkpoint) + kTiles;
  if (maps) bytes += InferenceContext::attention_bytes(vit, input, batch_size);
  if (wants_gradients(maps)) {
    bytes += static_cast<uint64_t>(batch_size) *
                 InferenceContext::recorded_bytes(vit, input, precision) +
             InferenceContext::gradient_bytes(vit, input, precision);
  }
  return bytes;
}

uint64_t split_bytes(const CoreSplit& split, const Checkpoint& checkpoint, const MapRequest* maps) {
  return static_cast<uint64_t>(split.streams) *
             stream_bytes(checkpoint, split.batch_size, split.precision, maps) +
         split.pictures_ahead() * input_bytes(checkpoint);
}

}  // namespace

size_t CoreSplit::pictures_ahead() const {
  return static_cast<size_t>((streams + 2) * batch_size + 2 * decode_threads);
}

CoreSplit split_cores(const SplitWishes& wishes, const Checkpoint& checkpoint, size_t pictures,
                      const MapRequest* maps) {
  const int cpus = wishes.threads.value_or(usable_cpus());
  const auto all = std::max<int64_t>(1, static_cast<int64_t>(pictures));
  CoreSplit split;
  split.precision = wants_gradients(maps) ? beside_int8(wishes.precision) : wishes.precision;
  split.max_memory = wishes.max_memory.value_or(usable_memory() / 4 /
                                                static_cast<uint64_t>(local_tasks(::getenv)));
  split.decode_threads = wishes.decode_threads.value_or(cpus);
  if (wishes.threads && wishes.streams && *wishes.streams > *wishes.threads) {
    throw UsageError(fmt::format("--streams {}: more than the {} threads of --threads",
                                 *wishes.streams, *wishes.threads));
  }
  split.streams = wishes.streams.value_or(static_cast<int>(std::min<int64_t>(cpus, all)));
  split.batch_size = std::min(wishes.batch_size.value_or(automatic_batch_size(checkpoint)),
                              ceil_of_quotient(all, split.streams));
  // Backward passes are a picture's own, and most of the work.
  if (wants_gradients(maps)) split.batch_size = 1;

  // Fewer pictures at a time, then fewer streams, until they fit.
  const uint64_t weights = (wants_gradients(maps) ? 2 : 1) * bytes_of_a_weight(split.precision) *
                           static_cast<uint64_t>(checkpoint.weights.parameter_count());
  const uint64_t biases =
      VisionTransformer::position_bias_bytes(checkpoint.config.vit, checkpoint.input_size());
  const uint64_t taken = resident_memory() + weights + biases + kPrimitives;
  const auto fits = [&] {
    return taken + split_bytes(split, checkpoint, maps) + kDecoding <= split.max_memory;
  };
  while (!wishes.batch_size && split.batch_size > 1 && !fits()) split.batch_size /= 2;
  while (!wishes.streams && split.streams > 1 && !fits()) --split.streams;
  split.threads_each = std::max(1, cpus / split.streams);
  return split;
}

uint64_t memory_for_decoding(const CoreSplit& split, const Checkpoint& checkpoint,
                             const MapRequest* maps) {
  const uint64_t taken = resident_memory() + split_bytes(split, checkpoint, maps);
  if (split.max_memory >= taken + kDecoding) return split.max_memory - taken;
  throw UsageError(
      fmt::format("--max-memory: {} MiB are too few for this model: at least {} are wanted, or a "
                  "smaller --batch-size or fewer --streams",
                  split.max_memory >> 20, ((taken + kDecoding) >> 20) + 1));
}

}  // namespace saccade
