// libFuzzer target: a whole file of torch.save, its zip archive too. Any outcome but tensors inside
// the file or a ModelError is a finding.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "weights/base/errors.h"
#include "weights/files/torch/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    for (const saccade::TensorView& tensor : saccade::parse_torch(bytes, "fuzz").tensors) {
      if (tensor.dtype == saccade::DType::other) continue;
      std::vector<float> out(static_cast<size_t>(tensor.count()));
      saccade::convert_to_f32(tensor, out);
    }
  } catch (const saccade::ModelError&) {
  }
  return 0;
}
