// Tiny transformers checkpoints, resolved.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/config/model_config.h"
#include "weights/transformers/transformers_config.h"

namespace saccade::test {

inline ConfigReader processor_reader(const nlohmann::json& settings) {
  return ConfigReader(settings, "models/x/preprocessor_config.json", "preprocessor_config.json");
}

inline ModelConfig resolve_model(const nlohmann::json& config,
                                 const nlohmann::json& processor = nlohmann::json::object()) {
  return resolve_transformers_config(config_reader(config), processor_reader(processor), {});
}

/// The tiny configuration with one key changed.
inline nlohmann::json with(const std::string& key, const nlohmann::json& value) {
  nlohmann::json config = tiny_transformers_config();
  config[key] = value;
  return config;
}

inline void expect_refused(const nlohmann::json& config, std::initializer_list<std::string> facts) {
  SCOPED_TRACE(config.dump());
  expect_error<ModelError>([&] { resolve_model(config); }, {"models/x/config.json"});
  expect_error<ModelError>([&] { resolve_model(config); }, facts);
}

}  // namespace saccade::test
