// What `saccade classify` was asked to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/class_label.h"
#include "app/command_line.h"
#include "app/report.h"
#include "weights/model_config.h"
#include "weights/recipe_overrides.h"

namespace saccade {

struct ClassifyOptions {
  std::vector<std::string> paths;              ///< as given: files, @lists, "-"
  std::optional<std::filesystem::path> model;  ///< nullopt: the built-in model
  int64_t topk = 5;
  OutputFormat format = OutputFormat::text;
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
  std::optional<ScoreActivation> activation;    ///< nullopt: the model's own
  std::optional<double> score_threshold;
  LabelType label_type = LabelType::description;
  std::optional<int> threads;  ///< nullopt: as many as the process may use
  RecipeOverrides overrides;
  uint64_t max_pixels = 0;
  bool quiet = false;
  bool verbose = false;
};

const CommandSpec& classify_command();

/// Throws UsageError where a value is bad, options contradict each other, or there is no PATH.
ClassifyOptions classify_options(const ParsedArguments& arguments);

}  // namespace saccade
