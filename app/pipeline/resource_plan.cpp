#include "app/pipeline/resource_plan.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>

#include "app/system/resource_limits.h"
#include "app/system/shard.h"
#include "model/inference_context.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr uint64_t kDecoding = 64ull << 20;    // minimum for decoding: a photo of 5 megapixels
constexpr uint64_t kPrimitives = 24ull << 20;  // for oneDNN's primitives and thread stacks

/// Enough pictures for matrices of about 800 rows. Larger batches are not faster and leave streams
/// idle at the end of a run.
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
  constexpr uint64_t kTiles = 3ull << 20;  // tiles of a thread, and quantized rows
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  uint64_t bytes = InferenceContext::activation_bytes(vit, input, batch_size, precision) +
                   static_cast<uint64_t>(batch_size) * input_bytes(checkpoint) + kTiles;
  if (maps) bytes += InferenceContext::attention_bytes(vit, input, batch_size, precision);
  if (wants_gradients(maps)) {
    bytes += static_cast<uint64_t>(batch_size) *
                 InferenceContext::recorded_bytes(vit, input, precision) +
             InferenceContext::gradient_bytes(vit, input, precision);
  }
  return bytes;
}

uint64_t plan_bytes(const ResourcePlan& plan, const Checkpoint& checkpoint,
                    const MapRequest* maps) {
  return static_cast<uint64_t>(plan.streams) *
             stream_bytes(checkpoint, plan.batch_size, plan.precision, maps) +
         plan.pictures_ahead() * input_bytes(checkpoint);
}

}  // namespace

size_t ResourcePlan::pictures_ahead() const {
  return static_cast<size_t>((streams + 2) * batch_size + 2 * decode_threads);
}

ResourcePlan plan_resources(const ResourceRequest& request, const Checkpoint& checkpoint,
                            size_t pictures, const MapRequest* maps) {
  const int cpus = request.threads.value_or(usable_cpus());
  const auto all = std::max<int64_t>(1, static_cast<int64_t>(pictures));
  ResourcePlan plan;
  plan.precision = wants_gradients(maps) ? beside_int8(request.precision) : request.precision;
  plan.machine_memory = usable_memory();
  plan.max_memory_given = request.max_memory.has_value();
  plan.max_memory = request.max_memory.value_or(plan.machine_memory / 4 /
                                                static_cast<uint64_t>(local_tasks(::getenv)));
  plan.picture_timeout = request.picture_timeout;
  plan.decode_threads = request.decode_threads.value_or(cpus);
  if (request.threads && request.streams && *request.streams > *request.threads) {
    throw UsageError(fmt::format("--streams {}: more than the {} threads of --threads",
                                 *request.streams, *request.threads));
  }
  plan.streams = request.streams.value_or(static_cast<int>(std::min<int64_t>(cpus, all)));
  plan.batch_size = std::min(request.batch_size.value_or(automatic_batch_size(checkpoint)),
                             ceil_of_quotient(all, plan.streams));
  // Backward passes run one picture at a time and are most of the work.
  if (wants_gradients(maps)) plan.batch_size = 1;

  // Reduce the batch size, then the streams, until the memory suffices.
  const uint64_t weights = (wants_gradients(maps) ? 2 : 1) * bytes_of_a_weight(plan.precision) *
                           static_cast<uint64_t>(checkpoint.weights.parameter_count());
  const uint64_t biases =
      VisionTransformer::position_bias_bytes(checkpoint.config.vit, checkpoint.input_size());
  const uint64_t taken = resident_memory() + weights + biases + kPrimitives;
  const auto fits = [&] {
    return taken + plan_bytes(plan, checkpoint, maps) + kDecoding <= plan.max_memory;
  };
  while (!request.batch_size && plan.batch_size > 1 && !fits()) plan.batch_size /= 2;
  while (!request.streams && plan.streams > 1 && !fits()) --plan.streams;
  plan.threads_each = std::max(1, cpus / plan.streams);
  return plan;
}

uint64_t memory_for_decoding(ResourcePlan& plan, const Checkpoint& checkpoint,
                             const MapRequest* maps) {
  const uint64_t taken = resident_memory() + plan_bytes(plan, checkpoint, maps);
  const uint64_t needed = taken + kDecoding;
  if (plan.max_memory >= needed) return plan.max_memory - taken;
  if (plan.max_memory_given) {
    throw UsageError(
        fmt::format("--max-memory: {} MiB are too few for this model: give at least {}, a smaller "
                    "--batch-size or fewer --streams",
                    plan.max_memory >> 20, (needed >> 20) + 1));
  }
  if (needed > plan.machine_memory) {
    throw SystemError(fmt::format(
        "not enough memory: this model needs {} MiB, the machine or its control group has {}; use "
        "a smaller model, --precision int8 or a smaller --img-size",
        (needed >> 20) + 1, plan.machine_memory >> 20));
  }
  plan.max_memory = needed;
  return kDecoding;
}

}  // namespace saccade
