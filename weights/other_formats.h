// Models in forms that Saccade does not read: what each is, and the way out.
#pragma once

#include <filesystem>

namespace saccade {

/// Throws ModelError if the file is no file of PyTorch weights but one of another program's (ONNX,
/// GGUF, Flax, Keras, ...), or one that a trainer writes beside the weights. Looks at its name, at
/// its first bytes and at the files beside it.
void refuse_other_format(const std::filesystem::path& file);

/// Throws ModelError that says what the folder, which has no weights that Saccade reads, has
/// instead: checkpoints of a trainer, weights of another library or under another name, several
/// models.
[[noreturn]] void refuse_without_weights(const std::filesystem::path& folder);

}  // namespace saccade
