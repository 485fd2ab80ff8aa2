// Runs a model: one stream of forward and backward passes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/kernels/profile.h"
#include "model/layers/observer.h"
#include "model/vision_transformer.h"

namespace saccade {

/// What passes need beside the weights: activations, recordings, primitives and threads. They are
/// made when a batch size is first seen; later passes reuse them and allocate nothing of size.
/// One pass at a time per context. Contexts of one model may run at the same time, each on a
/// thread of its own.
class InferenceContext {
 public:
  /// For as many compute threads as the calling thread has set.
  explicit InferenceContext(std::shared_ptr<const VisionTransformer> model);
  /// With a model of its own.
  InferenceContext(const VitDescription& vit, const Weights& weights, ImageSize input,
                   const ModelOptions& options = {});
  ~InferenceContext();
  InferenceContext(InferenceContext&&) noexcept;
  InferenceContext& operator=(InferenceContext&&) noexcept;

  const std::shared_ptr<const VisionTransformer>& model() const;

  /// pixels [B, C, H, W], normalized -> logits [B, classes]. Without an observer the batch goes
  /// through the layers in parts of at most micro_batch() images. Throws std::invalid_argument if
  /// the spans do not fit.
  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer = nullptr);

  /// forward(), and where its time went.
  LayerTimes profile(std::span<const float> pixels, int64_t batch, std::span<float> logits);

  /// forward(), and keeps what backward() needs of every image, until the next record(). Throws
  /// std::logic_error for an int8 model.
  void record(std::span<const float> pixels, int64_t batch, std::span<float> logits,
              Observer* observer = nullptr);

  /// Gradients of the sum of target [classes] * logits, for image `image` of the last record().
  /// Throws std::logic_error if the model was made without gradients, std::invalid_argument if
  /// there is no such image or the target does not fit.
  void backward(int64_t image, std::span<const float> target, GradientObserver& observer,
                GradientRule rule = GradientRule::exact);

  /// Every primitive made so far and its implementation.
  std::vector<PrimitiveInfo> primitives() const;

  /// Images whose activations suit the caches. A larger batch costs more time and memory per image
  /// and saves nothing.
  static int64_t micro_batch(const VitDescription& vit, ImageSize input);
  /// Memory of a forward pass of `batch` images that nobody observes or records.
  static uint64_t activation_bytes(const VitDescription& vit, ImageSize input, int64_t batch,
                                   Precision precision = Precision::f32);
  /// What an observer of attention adds for `batch` images, which it sees at once.
  static uint64_t attention_bytes(const VitDescription& vit, ImageSize input, int64_t batch,
                                  Precision precision = Precision::f32);
  /// What record() keeps of one image.
  static uint64_t recorded_bytes(const VitDescription& vit, ImageSize input,
                                 Precision precision = Precision::f32);
  /// What backward() adds.
  static uint64_t gradient_bytes(const VitDescription& vit, ImageSize input,
                                 Precision precision = Precision::f32);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
