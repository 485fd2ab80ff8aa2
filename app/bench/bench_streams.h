// Times repeated forward passes in one or more concurrent streams.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/inference_context.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// Times of one stream or of all of them.
struct StreamTimes {
  std::vector<double> passes;             ///< seconds of each forward pass
  double images_per_second = 0;           ///< from the median pass
  double reference_flops_per_second = 0;  ///< of ReferenceProducts, from the median; 0: not run
};

/// Concurrent streams that share one copy of the weights, each with its own threads. The input is
/// noise.
class BenchStreams {
 public:
  /// `model` must have been made with `threads_each` threads, which must also be the calling
  /// thread's setting.
  BenchStreams(std::shared_ptr<const VisionTransformer> model, const VitDescription& vit,
               ImageSize input, int streams, int threads_each);

  /// Runs one forward pass in every stream, so that everything for this batch size is prepared.
  void warm_up(int64_t batch);

  /// Result of the first stream's last forward pass, [B, classes].
  const std::vector<float>& logits() const { return streams_.front().logits; }

  /// Alternates forward passes and reference products until `seconds` have passed, all streams in
  /// step, so that both are measured under the same conditions. The first run of each turn finds
  /// the other's data in the caches and is not counted. Requires warm_up().
  StreamTimes compare(int64_t batch, double seconds);

  /// Runs only forward passes; the first is not counted. Requires warm_up().
  StreamTimes repeat(int64_t batch, double seconds);

  /// Time of a forward pass of a single stream by kind of layer, each the median over the passes
  /// that fit into `seconds`, and all primitives used.
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
  void set_input(int64_t batch);
  void forward(Stream& stream, int64_t batch);

  std::shared_ptr<const VisionTransformer> model_;
  VitDescription vit_;
  ImageSize input_;
  int threads_each_;
  std::vector<Stream> streams_;
  std::vector<float> pixels_;  ///< input of the current batch size, shared by all streams
};

}  // namespace saccade
