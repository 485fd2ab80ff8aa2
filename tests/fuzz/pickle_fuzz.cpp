// libFuzzer target: a pickle as torch.save writes them, and the tensors that it describes. Any
// outcome but tensors inside their storages or a ModelError is a finding.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "weights/base/errors.h"
#include "weights/files/torch/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::array<std::byte, 4096> storage{};
  static const std::string file = "fuzz";
  try {
    const saccade::Pickle pickle(std::as_bytes(std::span(data, size)), file);
    const auto checkpoint = saccade::read_state_dict(
        pickle, [](const std::string&) { return std::span<const std::byte>(storage); }, file);
    for (const saccade::TensorView& tensor : checkpoint.tensors) {
      if (tensor.dtype == saccade::DType::other) continue;
      std::vector<float> out(static_cast<size_t>(tensor.count()));
      saccade::convert_to_f32(tensor, out);
    }
  } catch (const saccade::ModelError&) {
  }
  return 0;
}
