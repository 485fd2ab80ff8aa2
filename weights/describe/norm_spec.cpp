#include "weights/describe/norm_spec.h"

namespace saccade {

void NormSpec::add_norm(const std::string& name, int64_t dim, ExpectedTensors& tensors) const {
  tensors.add(name + ".weight", {dim});
  if (kind == NormKind::layer) tensors.add(name + ".bias", {dim});
}

const char* name_of(NormKind kind) {
  switch (kind) {
    case NormKind::layer:
      return "LayerNorm";
    case NormKind::rms:
      return "RMSNorm";
  }
  return "?";
}

}  // namespace saccade
