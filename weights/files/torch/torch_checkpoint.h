// Checkpoints that torch.save wrote (.bin, .pt, .pth, .pth.tar), without running what they ask for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/files/safetensors.h"
#include "weights/files/torch/pickled.h"
#include "weights/files/torch/torch_tensors.h"

namespace saccade {

struct TorchCheckpoint {
  std::vector<TensorView> tensors;
  std::vector<std::shared_ptr<std::byte[]>> copies;  ///< of tensors that lie in strides
  std::string architecture;                          ///< timm's name of the model; "" if not there
};

/// The state dict in a pickle: what is under state_dict_ema, model_ema, state_dict or model, the
/// first that is there, as timm's load_state_dict() takes them; else the whole. What is no tensor
/// and no plain value is a tensor of type "other", so that it is refused where it is needed. Throws
/// ModelError that names `file`.
TorchCheckpoint state_dict_of(const Pickle& pickle, const StorageOf& storage_of,
                              const std::string& file);

/// The checkpoint in the bytes of a file in torch.save's zip form. Throws ModelError; the form
/// before PyTorch 1.6 is refused with a remedy.
TorchCheckpoint parse_torch(std::span<const std::byte> bytes, const std::string& file);

}  // namespace saccade
