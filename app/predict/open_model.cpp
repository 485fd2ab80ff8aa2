#include "app/predict/open_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/messages.h"
#include "app/predict/builtin_model.h"
#include "app/predict/find_model.h"
#include "app/predict/predictions.h"
#include "model/kernels/compute.h"

namespace saccade {
namespace {

/// "blocks.7.mlp.fc1" -> "blocks.*.mlp.fc1", as all blocks have the same layers.
std::string any_block(const std::string& layer) {
  constexpr std::string_view blocks = "blocks.";
  if (!layer.starts_with(blocks)) return layer;
  const size_t end = std::min(layer.find('.', blocks.size()), layer.size());
  return fmt::format("{}*{}", blocks, layer.substr(end));
}

}  // namespace

Checkpoint open_model(const PredictionOptions& options) {
  if (options.model) return find_model(*options.model, options.overrides, options.quiet);
  Checkpoint checkpoint = open_checkpoint(builtin_model(this_executable()), options.overrides);
  checkpoint.name = kBuiltinModelName;
  if (!options.quiet) print_note("note: built-in model, 200 everyday classes; use -m for yours");
  return checkpoint;
}

ReportStyle report_style(const PredictionOptions& options, const Checkpoint& checkpoint,
                         const Output& output) {
  const ScoreActivation activation = score_activation(checkpoint.config, options);
  ReportStyle style{checkpoint.name, activation != ScoreActivation::none, output.takes_colour(),
                    output.on_terminal(), options.formulas};
  if (!options.model && !options.quiet && activation == ScoreActivation::softmax) {
    style.unsure_below = kBuiltinModelUnsureBelow;
  }
  return style;
}

void print_primitives(const std::vector<PrimitiveInfo>& primitives) {
  std::vector<std::string> printed;
  for (const PrimitiveInfo& primitive : primitives) {
    const std::string line =
        fmt::format("{}: {}", any_block(primitive.layer), primitive.implementation);
    if (std::find(printed.begin(), printed.end(), line) != printed.end()) continue;
    print_note(fmt::format("oneDNN {}: {}", onednn_version(), line));
    printed.push_back(line);
  }
}

}  // namespace saccade
