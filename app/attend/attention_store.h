// A picture's attention in 8 bits a value, small enough to travel inside a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// The attention of one layer: the value of a query for a key is maximum * level / 255, with the
/// maximum of that query's row. What is lost: a value is off by at most its row's maximum / 510,
/// and negative ones, which differential attention has, are 0.
struct QuantisedAttention {
  std::vector<float> maxima;    ///< [H, T], the greatest value of each row
  std::vector<uint8_t> levels;  ///< [H, T, T]: head, query, key
};

/// Keeps the attention of one picture while a forward pass runs: of all layers where they fit in
/// `budget`, else of the last ones that do, perhaps of none.
class AttentionStore : public Observer {
 public:
  /// `budget` counts bytes as base64 text, which is what a layer costs in a page.
  AttentionStore(const VitDescription& vit, int64_t tokens, size_t budget);

  bool wants(Stage stage, int64_t layer) const override;
  /// Throws std::invalid_argument where `values` is not [1, H, T, T].
  void see(Stage stage, int64_t layer, std::span<const float> values) override;

  int64_t depth() const { return depth_; }
  int64_t heads() const { return heads_; }  ///< of all paths of a block
  int64_t tokens() const { return tokens_; }
  /// Layers from here to depth() are kept; depth() where none is.
  int64_t first_layer() const { return first_layer_; }
  /// One that is kept, after the forward pass.
  const QuantisedAttention& layer(int64_t layer) const;

 private:
  int64_t depth_;
  int64_t heads_;
  int64_t tokens_;
  int64_t first_layer_;
  std::vector<QuantisedAttention> layers_;  ///< from first_layer_
};

/// What a layer of this shape costs as base64 text.
size_t quantised_layer_size(int64_t heads, int64_t tokens);

}  // namespace saccade
