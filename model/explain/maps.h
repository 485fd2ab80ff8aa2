// From attention, and its gradients, to one value a patch: where a vision transformer looks.
//
// Every method ends in a row of T values, one a token: how much a mixture of output rows (those
// that the classifier reads, or one patch) takes from each token. drop_prefix() makes it a map.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// How much of each row of the sequence the classifier reads [T], summing to 1: all of the class
/// token, half of it and half of the distillation token where each has a head, all patches alike,
/// or half of the class token and half of all patches alike. A model that pools by attention weighs
/// its patches by the image, which these rows ignore: all patches alike.
std::vector<float> head_rows(const VitDescription& vit, int64_t tokens);

/// The row of the patch in line `row` and column `col` of `grid`, alone [T].
std::vector<float> patch_row(const VitDescription& vit, ImageSize grid, int64_t row, int64_t col);

/// The patches' part of a row: [T] -> [grid.height * grid.width].
std::vector<float> drop_prefix(const VitDescription& vit, std::span<const float> row);

/// How the heads of a layer become one.
enum class HeadFusion { mean, max, min };

/// Several observers of one pass.
class Observers : public Observer {
 public:
  explicit Observers(std::vector<Observer*> all) : all_(std::move(all)) {}
  bool wants(Stage stage, int64_t layer) const override;
  void see(Stage stage, int64_t layer, std::span<const float> values) override;

 private:
  std::vector<Observer*> all_;
};

/// Attention as it is: softmax(Q Kᵀ/√d) of chosen layers, the mixture `rows` of its rows. Shown by
/// Caron et al. 2021 (arXiv:2104.14294) for the class token of the last layer.
class AttentionRows : public Observer {
 public:
  AttentionRows(const VitDescription& vit, int64_t batch, std::vector<float> rows,
                std::vector<int64_t> layers);
  bool wants(Stage stage, int64_t layer) const override;
  void see(Stage stage, int64_t layer, std::span<const float> values) override;

  /// One head of a layer that was asked for [T].
  std::span<const float> row(int64_t image, int64_t layer, int64_t head) const;
  /// All heads of it in one [T].
  std::vector<float> fused(int64_t image, int64_t layer, HeadFusion fusion) const;

 private:
  int64_t heads_, batch_, tokens_;
  std::vector<float> rows_;                 // [T]
  std::vector<std::vector<float>> layers_;  // by layer: [B, H, T], or empty
};

/// Attention rollout (Abnar and Zuidema 2020, arXiv:2005.00928): the product of ½(A + I) over all
/// layers, folded in as the pass goes. Discarding (github.com/jacobgil/vit-explain) sets the lowest
/// part of a layer's fused attention to 0 first, and each row is brought back to a sum of 1.
class Rollout : public Observer {
 public:
  /// `discard_ratio` is in [0, 1): the part of a layer's values to set to 0.
  Rollout(const VitDescription& vit, int64_t tokens, int64_t batch,
          HeadFusion fusion = HeadFusion::mean, double discard_ratio = 0);
  bool wants(Stage stage, int64_t) const override { return stage == Stage::attention; }
  void see(Stage stage, int64_t layer, std::span<const float> values) override;

  /// The mixture `rows` [T] of the product's rows [T].
  std::vector<float> row(int64_t image, std::span<const float> rows) const;

 private:
  void fold(std::span<const float> before, std::span<float> product);

  int64_t heads_, tokens_;
  HeadFusion fusion_;
  double discard_ratio_;
  std::vector<float> products_;  // [B, T, T]
  std::vector<float> layer_;     // [T, T]
  std::vector<float> next_;      // [T, T]
};

/// Gradient-weighted relevance (Chefer, Gur and Wolf, ICCV 2021, arXiv:2103.15679, equations 5
/// and 6): Ā = mean over heads of the positive part of ∇A ⊙ A, R ← R + Ā R from the identity. Of R
/// only the mixture of rows that is asked for is ever needed, and it can be had from the last layer
/// down, r ← r + r Ā, while the backward pass goes: no layer is kept and no matrix multiplied.
class Relevance : public GradientObserver {
 public:
  /// `rows` [T]: the mixture of R's rows.
  Relevance(const VitDescription& vit, std::vector<float> rows);
  bool wants(GradientStage stage, int64_t) const override {
    return stage == GradientStage::attention;
  }
  void see(GradientStage stage, int64_t layer, std::span<const float> values,
           std::span<const float> gradients) override;

  std::span<const float> row() const { return row_; }  ///< [T]

 private:
  int64_t heads_;
  std::vector<float> row_;    // [T]
  std::vector<float> added_;  // [T]
};

/// Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391) with tokens for pixels, on what the last
/// block's attention takes in (github.com/jacobgil/pytorch-grad-cam, where that is its first
/// norm's): the channels, each weighted by its gradient's mean over the patches, summed; the
/// positive part.
class GradCam : public GradientObserver {
 public:
  explicit GradCam(const VitDescription& vit);
  bool wants(GradientStage stage, int64_t layer) const override;
  void see(GradientStage stage, int64_t layer, std::span<const float> values,
           std::span<const float> gradients) override;

  std::span<const float> row() const { return row_; }  ///< [T]

 private:
  int64_t dim_, last_, prefix_;
  std::vector<float> row_;  // [T]
};

}  // namespace saccade
