// A vision transformer, ready to run: weights packed for this processor, primitives made.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/precision.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// Values that a forward pass can show while it runs.
enum class Stage {
  embed,      ///< tokens that enter block 0, positions added  [B, T, D]
  attention,  ///< softmax(Q K^T / sqrt(d)) of a block          [B, H, T, T]
              ///< or the difference of two, where it is differential
  block,      ///< tokens that leave a block                    [B, T, D]
  norm,       ///< tokens after the final norm, if there is one [B, T, D]
};

/// Looks on during a forward pass. Nothing is computed or kept for a stage that it does not want,
/// and without an observer nothing is asked at all.
class Observer {
 public:
  virtual ~Observer() = default;
  /// `layer` counts blocks from 0; it is 0 for embed and norm. Must answer the same all pass long.
  virtual bool wants(Stage stage, int64_t layer) const = 0;
  /// `values` are valid during the call only.
  virtual void see(Stage stage, int64_t layer, std::span<const float> values) = 0;
};

/// Values of one image whose gradients a backward pass can show.
enum class GradientStage {
  attention,  ///< softmax(Q K^T / sqrt(d)) of a block, the rows that matter to it  [H, Q, T]
  norm1,      ///< what a block's attention takes in: the first norm's, or in a block
              ///< that normalises afterwards the block's own                       [T, D]
};

/// How a backward pass goes through what is not linear.
enum class GradientRule {
  exact,         ///< the gradient
  conservative,  ///< attention and the norms' 1/σ count as constants, so that relevance is neither
                 ///< made nor lost there (Ali et al. 2022, arXiv:2202.07304, rules AH and LN)
};

/// Looks on while gradients flow back from the logits, last block first. The pass ends with the
/// lowest layer that it wants.
class GradientObserver {
 public:
  virtual ~GradientObserver() = default;
  /// Must answer the same all pass long.
  virtual bool wants(GradientStage stage, int64_t layer) const = 0;
  /// `gradients` are those of the target with respect to `values`; both are valid during the call
  /// only. Attention has Q rows a head: in the last block the first ones alone, where the others
  /// have no part in the logits and gradients of 0; T in all others.
  virtual void see(GradientStage stage, int64_t layer, std::span<const float> values,
                   std::span<const float> gradients) = 0;
};

/// Which oneDNN implementation a layer runs on, as oneDNN calls it ("brg:avx512_core").
struct PrimitiveInfo {
  std::string layer;
  std::string implementation;
};

/// What a forward pass does, by kinds of layers; all blocks' layers of a kind together.
enum class LayerKind { patch_embed, norm, qkv, attention, proj, fc1, fc2, head };
inline constexpr size_t kLayerKinds = 8;
/// Seconds, by LayerKind.
using LayerTimes = std::array<double, kLayerKinds>;

/// Which of an int8 model's layers with weights are computed in int8. Embeddings and classifiers
/// never are.
struct Int8Coverage {
  std::vector<std::string> kept_out;  ///< layers that int8 would have harmed
  double share_kept_out = 0;          ///< of all multiplications by weights, with the embedding's
                                      ///< and the classifier's
};

/// When weights are brought into the layout of this processor's products.
enum class Packing {
  once,   ///< before the first pass: best for more than one
  never,  ///< blocks read them where they lie in the file, but for int8: a single pass is done
          ///< sooner and takes less memory. `weights` must outlive the model.
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
