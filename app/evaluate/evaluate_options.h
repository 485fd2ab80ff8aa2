// Options of `saccade evaluate`.
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
  std::optional<std::filesystem::path> root;  ///< base of a list's paths; nullopt: its folder
  std::optional<ClassScheme> classes;         ///< nullopt: the first scheme that matches
  std::optional<std::filesystem::path> class_map;
  ResourceRequest resources;
  bool json = false;
  bool overwrite = false;                            ///< replace files of other programs, too
  bool all_classes = false;                          ///< in text, print all classes
  std::optional<std::filesystem::path> output;       ///< nullopt: standard output
  std::optional<std::filesystem::path> plot;         ///< nullopt: none
  std::optional<std::filesystem::path> predictions;  ///< nullopt: none
};

const CommandSpec& evaluate_command();

/// Throws UsageError if a value is invalid or options contradict each other.
EvaluateOptions evaluate_options(const ParsedArguments& arguments);

}  // namespace saccade
