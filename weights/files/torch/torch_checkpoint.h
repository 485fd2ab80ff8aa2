// Reads checkpoints written by torch.save (.bin, .pt, .pth, .pth.tar) without executing code.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/files/tensor_view.h"
#include "weights/files/torch/pickled.h"
#include "weights/files/torch/torch_tensors.h"

namespace saccade {

struct TorchCheckpoint {
  std::vector<TensorView> tensors;
  std::vector<std::shared_ptr<std::byte[]>> copies;  ///< of tensors that are not contiguous
  std::string architecture;                          ///< the timm name of the model, or ""
  std::string
      entry;  ///< the keys of the dict that was opened: "state_dict", or "" for the file's own
};

/// Reads the state dict in a pickle: that under state_dict_ema, model_ema, state_dict or model, the
/// first that exists, as timm's load_state_dict() does; else under another name that trainers use
/// (model_state_dict, ema, ...); else the pickle itself. Dicts inside these are opened in the same
/// way. An instance that is not a tensor becomes a tensor of dtype `other`, so that only its use is
/// an error. Throws ModelError, which names `file`.
TorchCheckpoint read_state_dict(const Pickle& pickle, const StorageLookup& storage_of,
                                const std::string& file);

/// Parses a file in torch.save's zip format. Throws ModelError, also for the format before PyTorch
/// 1.6.
TorchCheckpoint parse_torch(std::span<const std::byte> bytes, const std::string& file);

}  // namespace saccade
