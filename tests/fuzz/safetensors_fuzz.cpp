// libFuzzer target: the header of a safetensors file, then the conversion of its tensors. Any
// outcome but tensors or a ModelError is a finding.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "weights/base/errors.h"
#include "weights/files/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    for (const saccade::TensorView& tensor : saccade::parse_safetensors(bytes, "fuzz")) {
      if (tensor.dtype == saccade::DType::other) continue;
      std::vector<float> out(static_cast<size_t>(tensor.count()));
      saccade::convert_to_f32(tensor, out);
    }
  } catch (const saccade::ModelError&) {
  }
  return 0;
}
