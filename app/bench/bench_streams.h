// A model run again and again, by the clock, in one or more streams at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/inference_context.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// What one stream took, or all of them.
struct StreamTimes {
  std::vector<double> passes;             ///< seconds of each forward pass
  double images_per_second = 0;           ///< by the median pass
  double reference_flops_per_second = 0;  ///< of ReferenceProducts, by their median; 0: not run
};

/// Streams on one copy of the weights, each on its own threads. Noise stands for pictures.
class BenchStreams {
 public:
  /// `model` was made with `threads_each` threads, as the calling thread has them set.
  BenchStreams(std::shared_ptr<const VisionTransformer> model, const VitDescription& vit,
               ImageSize input, int streams, int threads_each);

  /// One forward pass in every stream, which leaves nothing to prepare for this batch size.
  void warm_up(int64_t batch);

  /// What the last forward pass of the first stream gave, [B, classes].
  const std::vector<float>& logits() const { return streams_.front().logits; }

  /// Forward passes and reference products take turns, all streams at the same, so that both see
  /// the same machine, until `seconds` have passed. The first of a turn finds the caches full of
  /// the other's weights and is not counted. warm_up() comes before.
  StreamTimes compare(int64_t batch, double seconds);

  /// Forward passes alone; the first is not counted. warm_up() comes before.
  StreamTimes repeat(int64_t batch, double seconds);

  /// Where the time of forward passes of one stream alone goes: of each kind of layer the median
  /// over the passes that fit into `seconds`; and every primitive that was used.
  struct Profile {
    LayerTimes seconds{};
    std::vector<PrimitiveInfo> primitives;
  };
  Profile profile(int64_t batch, double seconds) const;

 private:
  struct Stream {
    InferenceContext context;
    std::vector<float> logits{};
  };
  using Work = std::function<void(Stream&, size_t index)>;
  void run_all(const Work& work);
  std::vector<float> noise(int64_t batch) const;
  void feed(int64_t batch);
  void forward(Stream& stream, int64_t batch);

  std::shared_ptr<const VisionTransformer> model_;
  VitDescription vit_;
  ImageSize input_;
  int threads_each_;
  std::vector<Stream> streams_;
  std::vector<float> pixels_;  ///< of the present batch size, for all streams
};

}  // namespace saccade
