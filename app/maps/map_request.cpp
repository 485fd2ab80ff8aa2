#include "app/maps/map_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "app/predict/ranking.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

std::vector<int64_t> range(int64_t count) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), int64_t{0});
  return all;
}

void check_range(std::string_view option, std::string_view what, int64_t index, int64_t count,
                 std::string_view others) {
  if (index < count) return;
  throw UsageError(
      fmt::format("--{}: the model has {} {}, counted from 0: wanted 0 to {}{}, "
                  "found {}",
                  option, count, what, count - 1, others, index));
}

std::vector<int64_t> chosen_layers(const MapOptions& options, const VitDescription& vit) {
  if (options.layers == LayerChoice::all) return range(vit.depth);
  if (options.layers == LayerChoice::last) return {vit.depth - 1};
  check_range("layer", "layers", options.layer, vit.depth, ", last or all");
  return {options.layer};
}

std::vector<HeadSelection> chosen_heads(const MapOptions& options, const VitDescription& vit) {
  switch (options.heads) {
    case HeadChoice::mean:
      return {{std::nullopt, HeadFusion::mean}};
    case HeadChoice::max:
      return {{std::nullopt, HeadFusion::max}};
    case HeadChoice::min:
      return {{std::nullopt, HeadFusion::min}};
    case HeadChoice::one:
      check_range("head", "heads", options.head, vit.maps(), ", mean, max, min or all");
      return {{options.head, {}}};
    case HeadChoice::all:
      break;
  }
  std::vector<HeadSelection> heads;
  for (const int64_t head : range(vit.maps())) heads.push_back({head, {}});
  return heads;
}

std::vector<float> chosen_rows(const MapOptions& options, const VitDescription& vit,
                               ImageSize input) {
  if (!options.query) return head_rows(vit, vit.tokens.count(input));
  const ImageSize grid = vit.tokens.grid(input);
  const auto [row, col] = *options.query;
  if (row >= grid.height || col >= grid.width) {
    throw UsageError(
        fmt::format("--query: the grid has {} x {} patches: wanted 0,0 to {},{}, "
                    "found {},{}",
                    grid.height, grid.width, grid.height - 1, grid.width - 1, row, col));
  }
  return patch_row(vit, grid, row, col);
}

std::vector<int64_t> classes_of(const MapRequest& request, std::span<const float> logits) {
  if (request.classes.index) return {*request.classes.index};
  const auto all = static_cast<int64_t>(logits.size());
  const int64_t best = std::min(request.classes.best, all);
  std::vector<int64_t> classes;
  for (const ScoredClass& scored : rank(logits, ScoreActivation::none, std::min(best + 1, all))) {
    if (scored.index == request.versus) continue;
    if (static_cast<int64_t>(classes.size()) < best) classes.push_back(scored.index);
  }
  return classes;
}

}  // namespace

bool MapRequest::wants(MapMethod method) const {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool MapRequest::wants_gradients() const {
  return std::any_of(methods.begin(), methods.end(), is_class_specific);
}

MapRequest map_request(const MapOptions& options, const ModelConfig& config, ImageSize input) {
  const VitDescription& vit = config.vit;
  MapRequest request;
  request.methods = options.methods;
  request.classes = class_choice(options.classes, config.labels, vit.head.classes);
  if (options.versus) {
    request.versus = class_named("versus", *options.versus, config.labels, vit.head.classes);
    if (request.versus == request.classes.index || vit.head.classes == 1) {
      throw UsageError("--versus: must be another class than --class");
    }
  }
  request.layers = chosen_layers(options, vit);
  request.heads = chosen_heads(options, vit);
  request.rollout_fusion = options.rollout_fusion;
  request.discard_ratio = options.discard_ratio;
  request.query = options.query;
  request.rows = chosen_rows(options, vit, input);
  return request;
}

std::vector<MapId> maps_of(const MapRequest& request, std::span<const float> logits) {
  std::vector<MapId> maps;
  for (const MapMethod method : request.methods) {
    const MapId map{method, {}, {}, {}, {}, request.query};
    if (method == MapMethod::attention) {
      for (const int64_t layer : request.layers) {
        for (const HeadSelection& heads : request.heads) {
          maps.push_back(map);
          maps.back().layer = layer;
          maps.back().heads = heads;
        }
      }
    } else if (is_class_specific(method)) {
      for (const int64_t index : classes_of(request, logits)) {
        maps.push_back(map);
        maps.back().class_index = index;
        maps.back().versus = request.versus;
      }
    } else {
      maps.push_back(map);
    }
  }
  return maps;
}

}  // namespace saccade
