// Interfaces to look at values while a forward or backward pass runs.
#pragma once

#include <cstdint>
#include <span>

namespace saccade {

/// Values that a forward pass can show while it runs.
enum class Stage {
  embed,      ///< tokens that enter block 0, positions added  [B, T, D]
  attention,  ///< softmax(Q K^T / sqrt(d)) of a block          [B, H, T, T]
              ///< or the difference of two, where it is differential
  block,      ///< tokens that leave a block                    [B, T, D]
  norm,       ///< tokens after the final norm, if there is one [B, T, D]
};

/// Receives values during a forward pass. Stages that it does not want are not computed for it.
class Observer {
 public:
  virtual ~Observer() = default;
  /// `layer` counts blocks from 0; it is 0 for embed and norm. The answer must not change during a
  /// pass.
  virtual bool wants(Stage stage, int64_t layer) const = 0;
  /// `values` are valid during the call only.
  virtual void see(Stage stage, int64_t layer, std::span<const float> values) = 0;
};

/// Values of one image whose gradients a backward pass can show.
enum class GradientStage {
  attention,  ///< softmax(Q K^T / sqrt(d)) of a block, the rows that matter to it  [H, Q, T]
  norm1,      ///< what a block's attention takes in: the first norm's, or in a block
              ///< that normalizes afterwards the block's own                       [T, D]
};

/// How a backward pass treats what is not linear.
enum class GradientRule {
  exact,         ///< the gradient
  conservative,  ///< attention and the norms' 1/σ count as constants, so that relevance is neither
                 ///< made nor lost there (Ali et al. 2022, arXiv:2202.07304, rules AH and LN)
};

/// Receives gradients during a backward pass, last block first. The pass ends with the lowest layer
/// that it wants.
class GradientObserver {
 public:
  virtual ~GradientObserver() = default;
  /// The answer must not change during a pass.
  virtual bool wants(GradientStage stage, int64_t layer) const = 0;
  /// `gradients` are those of the target with respect to `values`; both are valid during the call
  /// only. Attention has Q rows per head. Q is T, except in the last block if the other rows do not
  /// affect the logits.
  virtual void see(GradientStage stage, int64_t layer, std::span<const float> values,
                   std::span<const float> gradients) = 0;
};

}  // namespace saccade
