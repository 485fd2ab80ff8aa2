// The options that the commands for pictures share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command_line.h"
#include "app/inputs/list_text.h"
#include "app/predict/class_label.h"
#include "app/results/report.h"
#include "model/kernels/precision.h"
#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"

namespace saccade {

struct PredictionOptions {
  std::vector<std::string> paths;                 ///< as given: files, @lists, "-"
  ListSeparator separator = ListSeparator::line;  ///< of the paths in lists
  bool hidden = false;                            ///< take hidden files and folders too
  std::optional<std::filesystem::path> model;     ///< nullopt: the built-in model
  int64_t topk = 5;
  OutputFormat format = OutputFormat::text;
  CsvFormulas formulas = CsvFormulas::disarmed;
  std::optional<ScoreActivation> activation;  ///< nullopt: that of the checkpoint
  std::optional<double> score_threshold;
  LabelType label_type = LabelType::description;
  std::optional<int> threads;  ///< nullopt: as many as the process may use
  Precision precision = Precision::f32;
  RecipeOverrides overrides;
  uint64_t max_pixels = 0;
  bool fast_decode = false;  ///< decode large JPEGs at reduced size
  bool quiet = false;
  bool verbose = false;
};

/// The general options, among them the command's own `format` and `output`.
OptionGroup general_options(const OptionSpec& format, const OptionSpec& output);

/// --hidden.
OptionSpec hidden_option();

OptionGroup score_options();

/// Throws UsageError, which names `command`, if a value is bad, options contradict each other, or
/// there is no PATH.
PredictionOptions prediction_options(const ParsedArguments& arguments, std::string_view command);

}  // namespace saccade
