// Models that Saccade does not run, told by their configuration before their tensors are looked at,
// or else by their tensors.
#pragma once

#include <string>

#include "weights/config/config_reader.h"
#include "weights/files/tensor_file.h"

namespace saccade {

/// Throws ModelError with the name of the architecture if config.json names one that Saccade does
/// not run, or if it says that the weights are quantised.
void refuse_other_architecture(const ConfigReader& config);

/// Throws ModelError if the tensors are quantised (bitsandbytes, GPTQ, PyTorch's own), or if layers
/// of a LoRA adapter stand among them.
void refuse_changed_tensors(const TensorFile& tensors);

/// Throws ModelError for a file without a vision transformer's blocks. Says what its tensors look
/// like, if they are those of a well-known architecture.
[[noreturn]] void refuse_unknown_tensors(const TensorFile& tensors);

}  // namespace saccade
