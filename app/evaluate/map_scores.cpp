#include "app/evaluate/map_scores.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace saccade {

void MapScores::add(const MapMeasures& measures, double weight) {
  maps += weight;
  pointing += weight * double(measures.pointing);
  energy += weight * measures.energy;
  rank_energy += weight * measures.rank_energy;
  iou += weight * measures.iou;
}

void MapScores::add(const PerturbationAreas& measured) {
  ++perturbed;
  areas.deletion += measured.deletion;
  areas.insertion += measured.insertion;
}

bool begins_as_evaluation(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  return head.starts_with("{\n  \"model\": ") || line.find(" pictures, classes from ") != line.npos;
}

std::string evaluation_as_text(const Evaluation& evaluation) {
  std::string text = fmt::format("{}: {} pictures, classes from {}\n\n", evaluation.model,
                                 evaluation.pictures, evaluation.classes);
  text += fmt::format("{:<12}{:>10}{:>10}{:>13}{:>8}{:>10}{:>11}\n", "map", "pointing", "energy",
                      "rank energy", "IoU", "deletion", "insertion");
  const auto mean = [](double sum, double count, int width) {
    return count > 0 ? fmt::format("{:>{}.3f}", sum / count, width)
                     : fmt::format("{:>{}}", "-", width);
  };
  for (const MapScores& s : evaluation.scores) {
    text += fmt::format("{:<12}", s.name);
    text += s.maps > 0 ? fmt::format("{:>10.4g}", s.pointing) : fmt::format("{:>10}", "-");
    text += mean(s.energy, s.maps, 10) + mean(s.rank_energy, s.maps, 13) + mean(s.iou, s.maps, 8);
    text += mean(s.areas.deletion, s.perturbed, 10) + mean(s.areas.insertion, s.perturbed, 11);
    text += '\n';
  }
  return text;
}

std::string evaluation_as_json(const Evaluation& evaluation) {
  nlohmann::ordered_json maps = nlohmann::ordered_json::array();
  for (const MapScores& s : evaluation.scores) {
    nlohmann::ordered_json map{{"map", s.name}};
    if (s.maps > 0) {
      map["pointing"] = s.pointing;
      map["energy"] = s.energy / s.maps;
      map["rank_energy"] = s.rank_energy / s.maps;
      map["iou"] = s.iou / s.maps;
    }
    if (s.perturbed > 0) {
      map["deletion"] = s.areas.deletion / s.perturbed;
      map["insertion"] = s.areas.insertion / s.perturbed;
    }
    maps.push_back(std::move(map));
  }
  const nlohmann::ordered_json report{
      {"model", evaluation.model},       {"precision", name_of(evaluation.precision)},
      {"classes", evaluation.classes},   {"steps", evaluation.steps},
      {"pictures", evaluation.pictures}, {"maps", std::move(maps)}};
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace saccade
