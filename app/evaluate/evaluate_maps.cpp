#include "app/evaluate/evaluate_maps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "app/cli/atomic_output.h"
#include "app/cli/exit_code.h"
#include "app/cli/messages.h"
#include "app/cli/output_target.h"
#include "app/evaluate/labelled_pictures.h"
#include "app/evaluate/map_scores.h"
#include "app/evaluate/perturbation.h"
#include "app/inputs/inputs.h"
#include "app/maps/map_maker.h"
#include "app/predict/open_model.h"
#include "app/predict/precision_option.h"
#include "app/predict/predictions.h"
#include "app/predict/prepared_picture.h"
#include "app/predict/ranking.h"
#include "app/system/resource_limits.h"
#include "model/inference_context.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr int kRandomMaps = 20;  // random maps averaged per picture

// A baseline without a model: a Gaussian at the centre, its standard deviation a quarter of a side.
std::vector<float> centred_map(ImageSize grid) {
  const auto bell = [](int64_t at, int64_t count) {
    const double z = (double(at) + 0.5 - double(count) / 2) / (double(count) / 4);
    return std::exp(-z * z / 2);
  };
  std::vector<float> map;
  for (int64_t row = 0; row < grid.height; ++row) {
    for (int64_t col = 0; col < grid.width; ++col) {
      map.push_back(static_cast<float>(bell(row, grid.height) * bell(col, grid.width)));
    }
  }
  return map;
}

class Evaluator {
 public:
  Evaluator(const EvaluateMapsOptions& options, const Checkpoint& checkpoint)
      : options_(options),
        config_(checkpoint.config),
        input_(checkpoint.input_size()),
        grid_(config_.vit.tokens.grid(input_)),
        request_(map_request(options.maps, config_, input_)),
        model_(make_model(checkpoint, options.precision, request_.wants_gradients(),
                          {options.quiet, options.verbose})),
        maker_(config_.vit, input_, model_, request_),
        perturb_(config_, model_, input_, std::max<int64_t>(1, options.steps)),
        pixels_(static_cast<size_t>(config_.vit.tokens.channels * input_.height * input_.width)),
        logits_(static_cast<size_t>(config_.vit.head.classes)) {
    for (const MapMethod method : request_.methods) {
      scores_.push_back({.name = std::string(name_of(method))});
    }
    scores_.push_back({.name = "random"});
    scores_.push_back({.name = "centred"});
  }

  /// Throws ImageError for errors of the picture.
  void measure(const LabelledPicture& picture) {
    const std::string file = (options_.root / picture.file).string();
    const PreparedPicture prepared =
        prepare_picture(ImageFile(file), config_.recipe, options_, pixels_);
    boxes_.clear();
    for (const Box& box : picture.boxes) boxes_.push_back(in_input(box, prepared.seen, input_));
    maker_.run(pixels_, 1, logits_);
    check_logits(logits_, file);
    index_ =
        options_.best_class ? rank(logits_, ScoreActivation::none, 1).front().index : picture.index;

    // Compute all maps first, because measuring one runs the model again.
    MapRequest request = request_;
    request.classes.index = index_;
    const auto maps = maker_.maps(0, maps_of(request, logits_));
    for (size_t i = 0; i < maps.size(); ++i) score(maps[i], scores_[i]);
    score_random(scores_[maps.size()]);
    score(centred_map(grid_), scores_[maps.size() + 1]);
  }

  std::vector<MapScores> scores() const { return scores_; }
  Precision precision() const { return model_.model()->precision(); }

 private:
  void score_on_boxes(const std::vector<float>& map, MapScores& scores, double weight) {
    if (boxes_.empty()) return;
    const ImageSize covered{grid_.height * config_.vit.tokens.patch,
                            grid_.width * config_.vit.tokens.patch};
    scores.add(measure_map(map, grid_, covered, boxes_), weight);
  }

  void score_by_perturbation(const std::vector<float>& map, MapScores& scores) {
    if (options_.steps > 0) scores.add(perturb_(pixels_, map, index_));
  }

  void score(const std::vector<float>& map, MapScores& scores) {
    score_on_boxes(map, scores, 1);
    score_by_perturbation(map, scores);
  }

  void score_random(MapScores& scores) {
    std::vector<float> map(static_cast<size_t>(grid_.height * grid_.width));
    for (int i = 0; i < kRandomMaps; ++i) {
      for (float& value : map) value = static_cast<float>(random_() >> 8);
      score_on_boxes(map, scores, 1.0 / kRandomMaps);
    }
    score_by_perturbation(map, scores);
  }

  const EvaluateMapsOptions& options_;
  const ModelConfig& config_;
  ImageSize input_, grid_;
  MapRequest request_;
  InferenceContext model_;
  MapMaker maker_;
  Perturbation perturb_;
  std::vector<float> pixels_;  // [C, H, W]
  std::vector<float> logits_;  // [classes]
  std::vector<Box> boxes_;     // of the current picture, in pixels of the model's input
  int64_t index_ = 0;          // class to explain
  std::mt19937 random_{1};
  std::vector<MapScores> scores_;  // one per method, then random and centred
};

void check_classes(const std::vector<LabelledPicture>& pictures, const ModelConfig& config,
                   const std::filesystem::path& list) {
  for (const LabelledPicture& picture : pictures) {
    if (picture.index >= 0 && picture.index < config.vit.head.classes) continue;
    throw UsageError(fmt::format("{}: {} has class {}; the model has classes 0 to {}",
                                 list.string(), picture.file, picture.index,
                                 config.vit.head.classes - 1));
  }
}

void refuse_inputs(const std::filesystem::path& output, const EvaluateMapsOptions& options,
                   const std::vector<LabelledPicture>& pictures, const Checkpoint& checkpoint) {
  Inputs inputs;
  inputs.lists = {options.list};
  for (const LabelledPicture& picture : pictures) {
    inputs.images.push_back((options.root / picture.file).string());
  }
  refuse_to_overwrite(output, inputs);
  refuse_to_overwrite_model(output, std::filesystem::absolute(checkpoint.file).parent_path());
  refuse_foreign_file(output, options.overwrite, begins_as_evaluation);
}

}  // namespace

int evaluate_maps(const EvaluateMapsOptions& options) {
  std::vector<LabelledPicture> pictures = read_labelled_pictures(options.list);
  const bool boxes = std::any_of(pictures.begin(), pictures.end(),
                                 [](const auto& picture) { return !picture.boxes.empty(); });
  if (!boxes && options.steps == 0) {
    throw UsageError(options.list.string() +
                     ": nothing to measure: the list has no boxes, and --steps is 0");
  }
  set_compute_threads(options.threads.value_or(usable_cpus()));
  const Checkpoint checkpoint = open_model(options);
  if (options.output) refuse_inputs(*options.output, options, pictures, checkpoint);
  AtomicOutput output(options.output);
  match_pictures(pictures, checkpoint.config.labels, checkpoint.config.vit.head.classes,
                 options.list.string());
  check_classes(pictures, checkpoint.config, options.list);
  Evaluator evaluator(options, checkpoint);
  size_t failed = 0;
  for (const LabelledPicture& picture : pictures) {
    try {
      evaluator.measure(picture);
    } catch (const ImageError& error) {
      ++failed;
      print_error(error.what());
    }
  }
  if (failed == pictures.size()) return kExitFailed;
  const Evaluation evaluation{.model = checkpoint.name,
                              .classes = options.best_class ? "top" : "list",
                              .precision = evaluator.precision(),
                              .steps = options.steps,
                              .pictures = pictures.size() - failed,
                              .scores = evaluator.scores()};
  output.write(options.json ? evaluation_as_json(evaluation) : evaluation_as_text(evaluation));
  output.finish();
  return exit_code(failed, pictures.size());
}

}  // namespace saccade
