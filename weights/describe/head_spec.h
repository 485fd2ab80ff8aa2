// From the tokens of the last block to logits: pooling, embedding, classifiers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"

namespace saccade {

struct VitDescription;

/// What the classifiers read of the last block's tokens.
enum class Pooling {
  token,                 ///< each classifier its own token
  patch_mean,            ///< the mean of the patches, without the prefix: timm's "avg"
  token_and_patch_mean,  ///< both side by side, 2 D columns: transformers' DINOv2 classifiers
  attention,             ///< a learned query's attention over the patches, and an MLP: timm's "map"
};

struct PoolingSpec {
  Pooling kind = Pooling::token;
  bool include_prefix = false;  ///< pooling of patches includes the prefix tokens
  bool fused_qkv = false;       ///< Pooling::attention: query, keys and values are in one tensor

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"pooling"}, kind);
    visitor(Field{"pool_prefix"}, include_prefix);
    visitor(Field{"pool_in_proj"}, fused_qkv);
  }
  /// The tensors of attention pooling.
  void add_tensors(const VitDescription& vit, ExpectedTensors& tensors) const;
};

/// One linear classifier and the token that it reads. The logits of several are averaged
/// (distilled DeiT: timm's VisionTransformerDistilled, HF's ...ForImageClassificationWithTeacher).
struct ClassifierHead {
  std::string name;       ///< canonical tensor prefix: "head", "head_dist"
  int64_t token_row = 0;  ///< row of the token sequence
};

struct HeadSpec {
  int64_t classes = 0;  ///< outputs of each classifier
  std::vector<ClassifierHead> classifiers;
  /// Columns of the image embedding, a unit vector that the classifiers read; 0: they read the
  /// pooled token (Radford et al. 2021, arXiv:2103.00020).
  int64_t embed_dim = 0;
  bool visual_projection = false;  ///< linear without bias, from the pooled token to the embedding

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"classes", {}, FieldGroup::none, "number of classes", 1'000'000}, classes);
    visitor(Field{"classifiers"}, classifiers);
    visitor(Field{"embedding", {}, FieldGroup::none, "width of the embedding", 16384, true},
            embed_dim);
    visitor(Field{"visual_projection"}, visual_projection);
  }
  void add_tensors(const VitDescription& vit, ExpectedTensors& tensors) const;
};

const char* name_of(Pooling pooling);

}  // namespace saccade
