// Opens the golden checkpoints: tiny ones of every family, with the outputs of the reference
// libraries.
#pragma once

#include <filesystem>

#include "tests/support/shared_data.h"
#include "weights/checkpoint.h"

namespace saccade::test {

inline std::filesystem::path golden_path(const std::filesystem::path& name) {
  return source_path("tests/golden/cases") / name;
}

/// Opens a checkpoint, with its class texts if its classes are texts.
inline Checkpoint open_golden(const std::filesystem::path& name, RecipeOverrides overrides = {}) {
  const std::filesystem::path texts = golden_path(name) / "classifier.safetensors";
  if (exists(texts)) overrides.classifier = texts;
  return open_checkpoint(golden_path(name), overrides);
}

}  // namespace saccade::test
