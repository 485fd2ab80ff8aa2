// A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929): its weights, packed for this
// processor. InferenceContext (inference_context.h) runs it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/kernels/compute.h"
#include "model/kernels/precision.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

class Block;
class ClassifierHeads;
class LayerNorm;
class Observer;
class PatchEmbed;
class Runtime;
struct BackwardPass;
struct Pass;
struct PrimitiveInfo;

struct ModelOptions {
  Precision precision = Precision::f32;
  Packing packing = Packing::once;
  bool gradients = false;  ///< packs what backward() needs, too; not for int8
};

/// Which of an int8 model's layers with weights are computed in int8. Embeddings and classifiers
/// never are.
struct Int8Coverage {
  std::vector<std::string> kept_out;  ///< layers that would lose too much in int8
  double share_kept_out = 0;  ///< of all multiplications by weights; counts the embedding and the
                              ///< classifier
};

/// Constant after construction: any number of contexts may run one model at the same time.
class VisionTransformer {
 public:
  /// Packs the weights, and resizes the position embedding to `input` if it was trained for another
  /// size. With Packing::never `weights` must outlive the model. Throws ModelError, with the layer
  /// and its shapes, if oneDNN cannot make a layer; std::logic_error for int8 with gradients.
  VisionTransformer(const VitDescription& vit, const Weights& weights, ImageSize input,
                    const ModelOptions& options = {});
  ~VisionTransformer();
  VisionTransformer(const VisionTransformer&) = delete;
  VisionTransformer& operator=(const VisionTransformer&) = delete;

  const VitDescription& description() const { return vit_; }
  ImageSize input_size() const { return input_; }
  int64_t classes() const { return vit_.head.classes; }
  Precision precision() const { return options_.precision; }
  bool has_gradients() const { return options_.gradients; }
  Int8Coverage int8_coverage() const;
  /// Bytes of the position biases: many if inputs are large and each block has its own.
  static uint64_t position_bias_bytes(const VitDescription& vit, ImageSize input);

 private:
  friend class InferenceContext;

  /// pixels [B, C, H, W], normalized -> logits [B, classes]. Of the last block only the first
  /// `last_queries` rows of each image are computed.
  void forward(const float* pixels, int64_t last_queries, float* logits, const Pass& pass) const;
  /// Gradients of the sum of target [classes] * logits for the pass's image, down to the lowest
  /// layer that the observer wants.
  void backward(std::span<const float> target, const BackwardPass& pass) const;
  /// How many rows of the last block are needed: those that the classifier reads, or all if the
  /// observer looks at them.
  int64_t last_queries(const Observer* observer) const;
  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

  void read_blocks(Runtime& runtime, const Weights& weights);
  void prepare_backward(Runtime& runtime);

  VitDescription vit_;
  ImageSize input_;
  ModelOptions options_;
  std::unique_ptr<PatchEmbed> patch_embed_;
  std::unique_ptr<LayerNorm> norm_pre_;  // or nullptr
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<LayerNorm> norm_;  // or nullptr
  std::unique_ptr<ClassifierHeads> classifier_;
};

}  // namespace saccade
