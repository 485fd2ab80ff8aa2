// Accumulates measures of one kind of map, and formats the report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/evaluate/perturbation.h"
#include "model/kernels/precision.h"
#include "vision/overlay/map_measures.h"

namespace saccade {

struct MapScores {
  std::string name;      ///< a method, "random" or "centred"
  double maps = 0;       ///< number measured on boxes
  double perturbed = 0;  ///< number measured by deletion and insertion
  double pointing = 0;   ///< sum over maps, as are the next members
  double energy = 0;
  double rank_energy = 0;
  double iou = 0;
  PerturbationAreas areas{};

  void add(const MapMeasures& measures, double weight);
  void add(const PerturbationAreas& measured);
};

/// What was evaluated, for the report's head.
struct Evaluation {
  std::string model;
  std::string classes;                   ///< which class is explained: "list" or "top"
  Precision precision = Precision::f32;  ///< of the model
  int64_t steps = 0;                     ///< of deletion and insertion
  size_t pictures = 0;                   ///< number measured
  std::vector<MapScores> scores;
};

/// A table with one line per kind of map: `pointing` as a count, the others as means.
/// Whether a file with these first bytes is one of these reports.
bool begins_as_evaluation(std::string_view head);

std::string evaluation_as_text(const Evaluation& evaluation);

/// {"model", "precision", "classes", "steps", "pictures", "maps": [{"map", "pointing"?, "energy"?,
/// "rank_energy"?, "iou"?, "deletion"?, "insertion"?}]}. Measures that were not made are omitted.
std::string evaluation_as_json(const Evaluation& evaluation);

}  // namespace saccade
