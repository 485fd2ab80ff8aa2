// A vision transformer, ready to run: weights packed for this processor, primitives made.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/precision.h"
#include "model/kernels/profile.h"
#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// Which of an int8 model's layers with weights are computed in int8. Embeddings and classifiers
/// never are.
struct Int8Coverage {
  std::vector<std::string> kept_out;  ///< layers that int8 would have harmed
  double share_kept_out = 0;          ///< of all multiplications by weights, with the embedding's
                                      ///< and the classifier's
};

/// Sets the number of threads of the models that the calling thread makes and runs, before the
/// first is made: what oneDNN prepares depends on it.
void set_compute_threads(int threads);
int compute_threads();

/// The version of the oneDNN library that runs, e.g. "2.6.3".
std::string onednn_version();

/// Inference on oneDNN. One forward pass at a time per object.
class VisionTransformer {
 public:
  /// Packs the weights, and brings the position embedding to `input` where it was trained for
  /// another size. Throws ModelError where oneDNN cannot make a layer, naming layer and shapes.
  VisionTransformer(const VitDescription& vit, const Weights& weights, ImageSize input,
                    Precision precision = Precision::f32, Packing packing = Packing::once);
  ~VisionTransformer();
  VisionTransformer(VisionTransformer&&) noexcept;
  VisionTransformer& operator=(VisionTransformer&&) noexcept;

  /// Another one on the same weights (and transposed weights, where backward() was prepared), which
  /// may run at the same time on another thread. What it prepares and computes is its own.
  VisionTransformer twin() const;

  /// What a forward pass of `batch` pictures keeps between layers, without what observers want.
  static uint64_t activation_bytes(const VitDescription& vit, ImageSize input, int64_t batch,
                                   Precision precision = Precision::f32);

  /// pixels [B, C, H, W], normalised -> logits [B, classes]. The first call with a batch size makes
  /// the primitives for it; later calls reuse them and allocate nothing of size. Throws
  /// std::invalid_argument where the spans do not fit.
  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer = nullptr);

  /// forward(), and where its time went.
  LayerTimes profile(std::span<const float> pixels, int64_t batch, std::span<float> logits);

  /// What position biases take, which is much where inputs are large and each block has its own.
  static uint64_t position_bias_bytes(const VitDescription& vit, ImageSize input);

  /// forward(), and remembers of every image what backward() needs, until the next record(). Not of
  /// an int8 model: std::logic_error.
  void record(std::span<const float> pixels, int64_t batch, std::span<float> logits,
              Observer* observer = nullptr);
  /// What record() remembers of one image.
  static uint64_t recorded_bytes(const VitDescription& vit, ImageSize input,
                                 Precision precision = Precision::f32);

  /// What an observer of attention takes besides, for `batch` pictures.
  static uint64_t attention_bytes(const VitDescription& vit, ImageSize input, int64_t batch);
  /// What backward() needs besides.
  static uint64_t gradient_bytes(const VitDescription& vit, ImageSize input,
                                 Precision precision = Precision::f32);

  /// Gradients of the sum of target [classes] * logits, for image `image` of the last record().
  /// The first call packs the weights once more, transposed (prepare_backward()). Throws
  /// std::invalid_argument where there is no such image, or the target does not fit.
  void backward(int64_t image, std::span<const float> target, GradientObserver& observer,
                GradientRule rule = GradientRule::exact);

  /// What the first backward() does first: to do it before twins are made lets them share it.
  void prepare_backward();

  int64_t classes() const;
  Precision precision() const;
  /// What became of int8 in this model, see Int8Coverage.
  Int8Coverage int8_coverage() const;
  /// Every primitive made so far and its implementation.
  std::vector<PrimitiveInfo> primitives() const;

 private:
  class Impl;
  explicit VisionTransformer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
