#include "weights/describe/head_spec.h"

#include "weights/describe/vit_description.h"

namespace saccade {

void PoolingSpec::add_tensors(const VitDescription& vit, ExpectedTensors& tensors) const {
  if (kind != Pooling::attention) return;
  const int64_t D = vit.dim;
  tensors.add("attn_pool.latent", {1, 1, D});
  if (fused_qkv) {
    tensors.add("attn_pool.in_proj_weight", {3 * D, D});
    tensors.add("attn_pool.in_proj_bias", {3 * D});
  } else {
    tensors.add_linear("attn_pool.q", D, D);
    tensors.add_linear("attn_pool.kv", 2 * D, D);
  }
  tensors.add_linear("attn_pool.proj", D, D);
  vit.norms.add_norm("attn_pool.norm", D, tensors);
  tensors.add_linear("attn_pool.mlp.fc1", vit.mlp.hidden_dim, D);
  tensors.add_linear("attn_pool.mlp.fc2", D, vit.mlp.hidden_dim);
}

void HeadSpec::add_tensors(const VitDescription& vit, ExpectedTensors& tensors) const {
  if (visual_projection) tensors.add("visual_projection.weight", {embed_dim, vit.pooled_dim()});
  for (const ClassifierHead& classifier : classifiers) {
    tensors.add_linear(classifier.name, classes, vit.classifier_dim());
  }
}

const char* name_of(Pooling pooling) {
  switch (pooling) {
    case Pooling::token:
      return "token";
    case Pooling::patch_mean:
      return "patch_mean";
    case Pooling::token_and_patch_mean:
      return "token_and_patch_mean";
    case Pooling::attention:
      return "attention";
  }
  return "?";
}

}  // namespace saccade
