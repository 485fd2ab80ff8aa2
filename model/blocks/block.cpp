#include "model/blocks/block.h"

#include "model/blocks/branches_block.h"
#include "model/blocks/parallel_block.h"
#include "model/blocks/post_norm_block.h"
#include "model/blocks/pre_norm_block.h"

namespace saccade {

void Block::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const Linear* linear : linears()) linear->list_primitives(list);
}

std::unique_ptr<Block> make_block(Runtime& runtime, const VitDescription& vit,
                                  const Weights& weights, int64_t index, const BlockPlan& plan) {
  switch (vit.block) {
    case BlockKind::pre_norm:
      return std::make_unique<PreNormBlock>(runtime, vit, weights, index, plan);
    case BlockKind::post_norm:
      return std::make_unique<PostNormBlock>(runtime, vit, weights, index, plan);
    case BlockKind::parallel:
      return std::make_unique<ParallelBlock>(runtime, vit, weights, index, plan);
    case BlockKind::paths:
      return std::make_unique<BranchesBlock>(runtime, vit, weights, index, plan);
  }
  return nullptr;
}

std::vector<const Linear*> linears_of(const AttentionLayer& attention, const Mlp& mlp) {
  std::vector<const Linear*> all = attention.linears();
  for (const Linear* linear : mlp.linears()) all.push_back(linear);
  return all;
}

LayerInput input_of(Precision layer, const Activations& a) {
  if (layer == Precision::int8) return a.quantized_y.rows();
  return FloatView(a.y);
}

void add(const float* values, int64_t count, float* sum) {
#pragma omp parallel for simd
  for (int64_t i = 0; i < count; ++i) sum[i] += values[i];
}

}  // namespace saccade
