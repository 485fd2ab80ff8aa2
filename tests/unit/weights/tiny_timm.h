// Tiny timm checkpoints, resolved.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/config/model_config.h"
#include "weights/timm/timm_config.h"

namespace saccade::test {

inline ModelConfig resolve_model(const nlohmann::json& config,
                                 const RecipeOverrides& overrides = {},
                                 const TinyTensors& tensors = tiny_timm_tensors()) {
  const TinyFile file(tensors);
  return resolve_timm_config(config_reader(config), file.tensors, find_naming(file.tensors),
                             overrides);
}

/// The tiny configuration with `part` merged in at the outer level.
inline nlohmann::json with(const nlohmann::json& part) {
  nlohmann::json config = tiny_timm_config();
  config.update(part, /*merge_objects=*/true);
  return config;
}
inline nlohmann::json with_pretrained(const nlohmann::json& part) {
  return with({{"pretrained_cfg", part}});
}
inline nlohmann::json with_args(const nlohmann::json& part) { return with({{"model_args", part}}); }

inline void expect_refused(const nlohmann::json& config, std::initializer_list<std::string> facts,
                           const TinyTensors& tensors = tiny_timm_tensors()) {
  SCOPED_TRACE(config.dump());
  expect_error<ModelError>([&] { resolve_model(config, {}, tensors); }, {"models/x/config.json"});
  expect_error<ModelError>([&] { resolve_model(config, {}, tensors); }, facts);
}

inline TinyTensors tensors_with(const std::string& name, std::vector<int64_t> shape) {
  TinyTensors tensors = tiny_timm_tensors();
  find_tensor(tensors, name).shape = std::move(shape);
  return tensors;
}

}  // namespace saccade::test
