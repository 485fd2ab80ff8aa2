// Zero-shot classes from text embeddings, for models that match texts with images: CLIP (Radford
// et al. 2021, arXiv:2103.00020) and SigLIP (Zhai et al. 2023, arXiv:2303.15343).
#pragma once

#include <filesystem>

#include "weights/config/model_config.h"
#include "weights/weights.h"

namespace saccade {

/// Makes `model` classify by texts, whose embeddings are "text_embeds" [classes, dim] in the
/// safetensors file `classifier`, normalised or not. As in transformers' CLIPModel and SiglipModel,
/// a logit is exp(logit_scale) times the cosine of the picture's embedding and the text's, for
/// SigLIP plus logit_bias; both numbers are the checkpoint's, in `tensors`. Sets the description's
/// classes and returns the parameters of its head. Throws ModelError, naming the file.
GivenTensors read_text_classifier(const std::filesystem::path& classifier,
                                  const TensorFile& tensors, const FoundNaming& naming,
                                  ModelConfig& model);

}  // namespace saccade
