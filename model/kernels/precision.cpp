#include "model/kernels/precision.h"

#include <array>

#include "model/kernels/matmul.h"
#include "model/kernels/onednn_compat.h"

namespace saccade {

std::string_view name_of(Precision precision) {
  constexpr std::array<std::string_view, 3> kNames{"f32", "bf16", "int8"};
  return kNames[size_t(precision)];
}

bool is_native(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return true;
    case Precision::bf16:
      return has_bf16_instructions();
    case Precision::int8:
      return has_int8_instructions();
  }
  return false;
}

Precision beside_int8(Precision precision) {
  if (precision != Precision::int8) return precision;
  return is_native(Precision::bf16) ? Precision::bf16 : Precision::f32;
}

bool is_possible(Precision precision) {
  if (precision == Precision::f32) return true;  // saves a call of oneDNN at every start
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const ProductDescs descs = product_descs({16, 16, 16, precision});
  try {
    matmul_pd(engine, descs.src, descs.weights, descs.dst, attributes());
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

}  // namespace saccade
