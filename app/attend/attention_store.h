// A picture's attention, quantized to 8 bits per value so that it can be embedded in a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// The attention of one layer. The value of a query for a key is maximum * level / 255, where
/// maximum is that of the query's row. The error is at most the row's maximum / 510; negative
/// values, which differential attention has, become 0.
struct QuantizedAttention {
  std::vector<float> maxima;    ///< [H, T], maximum of each row
  std::vector<uint8_t> levels;  ///< [H, T, T]: head, query, key
};

/// Records the attention of one picture during a forward pass: of all layers if they fit in
/// `budget`, else of as many of the last layers as fit, which may be none.
class AttentionStore : public Observer {
 public:
  /// `budget` is in bytes of base64 text, the form in which a page embeds a layer.
  AttentionStore(const VitDescription& vit, int64_t tokens, size_t budget);

  bool wants(Stage stage, int64_t layer) const override;
  /// Throws std::invalid_argument if `values` is not [1, H, T, T].
  void see(Stage stage, int64_t layer, std::span<const float> values) override;

  int64_t depth() const { return depth_; }
  int64_t heads() const { return heads_; }  ///< of all branches of a block
  int64_t tokens() const { return tokens_; }
  /// Layers first_layer() to depth() - 1 are recorded; depth() if there are none.
  int64_t first_layer() const { return first_layer_; }
  /// A recorded layer, valid after the forward pass.
  const QuantizedAttention& layer(int64_t layer) const;

 private:
  int64_t depth_;
  int64_t heads_;
  int64_t tokens_;
  int64_t first_layer_;
  std::vector<QuantizedAttention> layers_;  ///< starting at first_layer_
};

/// Size of a layer of this shape in bytes of base64 text.
size_t quantized_layer_size(int64_t heads, int64_t tokens);

}  // namespace saccade
