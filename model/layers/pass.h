// One run through the layers: what it needs beside their weights.
#pragma once

#include <cstdint>

#include "model/kernels/layer_clock.h"
#include "model/kernels/runtime.h"
#include "model/layers/activations.h"
#include "model/layers/attention_kind.h"
#include "model/layers/gradients.h"
#include "model/layers/observer.h"
#include "model/layers/tape.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// A forward pass, as a layer sees it. Its references are to members of the InferenceContext, so
/// copies for a block or a branch are cheap.
struct Pass {
  Runtime& runtime;
  Activations& activations;
  TokenShape shape;  ///< of the block that runs
  Observer* observer = nullptr;
  Tape* tape = nullptr;  ///< nullptr: nothing is recorded
  int64_t layer = 0;     ///< the block that runs
  int64_t branch = 0;    ///< of the block's `branches`, the one that runs
  int64_t branches = 1;

  Pass in_block(int64_t index, int64_t queries) const;
  Pass in_branch(int64_t index, int64_t count) const;

  /// A timer: what passes between the end of the previous timer and the end of this one's scope
  /// counts as time of `kind`.
  LayerTimer time(LayerKind kind) const { return {runtime.clock(), kind}; }

  /// What the block, or the branch, keeps for the way back; nullptr if nothing is recorded.
  BlockTape* block_tape() const { return tape ? &tape->blocks[size_t(layer)] : nullptr; }
  BranchTape* branch_tape() const {
    return tape ? &block_tape()->branches[size_t(branch)] : nullptr;
  }
  /// Copies `count` values to the block's tape, if there is one.
  void record(Buffer BlockTape::*place, const float* values, int64_t count) const;

  /// Where the branch's attention, `heads` maps of each image, is to be stored.
  AttentionOutput attention_output(int64_t heads) const;

  bool observed(Stage stage) const { return observer && observer->wants(stage, layer); }
  /// Shows `count` values to the observer, if it wants them.
  void observe(Stage stage, FloatView values, int64_t count) const;
};

/// A backward pass of one recorded image, as a layer sees it.
struct BackwardPass {
  Runtime& runtime;
  Gradients& gradients;
  Tape& tape;
  int64_t image;
  GradientRule rule;
  GradientObserver& observer;
  TokenShape shape;        ///< of the block that runs; its batch is 1
  int64_t layer = 0;       ///< the block that runs
  int64_t last_layer = 0;  ///< the pass ends with what is wanted of this block
  int64_t branch = 0;
  int64_t branches = 1;

  BackwardPass in_block(int64_t index, int64_t queries) const;
  BackwardPass in_branch(int64_t index, int64_t count) const;

  BlockTape& block_tape() const { return tape.blocks[size_t(layer)]; }
  BranchTape& branch_tape() const { return block_tape().branches[size_t(branch)]; }
  /// The image's part of a recording of `count` values per image.
  float* recorded(const Buffer& recording, int64_t count) const {
    return recording.data() + image * count;
  }
  /// The branch's attention and its gradient, `heads` maps each.
  RecordedAttention attention(int64_t heads, int64_t head_dim) const;
  float* attention_gradient(int64_t heads) const;

  /// Whether nothing is wanted of the blocks before this one.
  bool ends_here() const { return layer == last_layer; }
  bool wants(GradientStage stage) const { return observer.wants(stage, layer); }
  /// Shows `count` values and their gradients to the observer, if it wants them.
  void show(GradientStage stage, const float* values, const Buffer& values_gradients,
            int64_t count) const;
};

}  // namespace saccade
