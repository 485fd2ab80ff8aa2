// What `saccade evaluate` was asked to do.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "app/cli/command_line.h"
#include "app/evaluate/class_match.h"
#include "app/pipeline/resource_plan.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct EvaluateOptions : PredictionOptions {
  std::filesystem::path input;                ///< a folder, or a list of files and classes
  std::optional<std::filesystem::path> root;  ///< where a list's paths begin; nullopt: its folder
  std::optional<ClassScheme> classes;         ///< nullopt: whichever matches
  std::optional<std::filesystem::path> class_map;
  ResourceRequest resources;
  bool json = false;
  bool all_classes = false;                          ///< in text
  std::optional<std::filesystem::path> output;       ///< nullopt: standard output
  std::optional<std::filesystem::path> plot;         ///< nullopt: none
  std::optional<std::filesystem::path> predictions;  ///< likewise
};

const CommandSpec& evaluate_command();

/// Throws UsageError where a value is bad or options contradict each other.
EvaluateOptions evaluate_options(const ParsedArguments& arguments);

}  // namespace saccade
