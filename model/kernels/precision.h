// The precision in which a model computes.
#pragma once

#include <string_view>

namespace saccade {

enum class Precision {
  f32,   ///< everything; equals the reference
  bf16,  ///< weights and activations; sums, the residual stream, norms and softmax stay in f32
  int8,  ///< weights by channel, activations by token; layers that would lose too much are as in
         ///< bf16
};

std::string_view name_of(Precision precision);

/// Whether this processor has instructions for products at this precision. Without them products
/// may be slow.
bool is_native(Precision precision);

/// The precision of layers that an int8 model does not compute in int8: bf16, or f32 if the
/// processor has no instructions for bf16. Other precisions are returned unchanged.
Precision beside_int8(Precision precision);

/// Whether oneDNN has products at this precision: version 2.6 has none in bf16 for processors
/// without AVX-512.
bool is_possible(Precision precision);

/// When weights are packed into the layout of this processor's products.
enum class Packing {
  once,   ///< before the first pass: best for more than one pass
  never,  ///< blocks read them from the mapped file, except int8 weights, which are packed: a
          ///< single pass ends sooner and takes less memory. `weights` must outlive the model.
};

}  // namespace saccade
