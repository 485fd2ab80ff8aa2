// Which map one is: what tells the maps of one picture apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/results/map_method.h"
#include "model/explain/maps.h"

namespace saccade {

/// A patch by its place in the grid, from 0.
struct PatchPosition {
  int64_t row = 0;
  int64_t col = 0;
};

/// One head of a layer, or all of them in one.
struct HeadSelection {
  std::optional<int64_t> head;
  HeadFusion fusion = HeadFusion::mean;  ///< without a head
};

struct MapId {
  MapMethod method = MapMethod::saccade;
  std::optional<int64_t> layer;        ///< attention only
  std::optional<HeadSelection> heads;  ///< attention only
  std::optional<int64_t> class_index;  ///< class-specific methods only
  std::optional<int64_t> versus;       ///< with a class only
  std::optional<PatchPosition> query;
};

/// What follows a picture's name in the names of the map's files:
/// _METHOD[_L##][_H##|_Hmax|_Hmin][_class###][_vs###][_Q##-##].
std::string file_suffix(const MapId& map);

std::string_view name_of(HeadFusion fusion);

}  // namespace saccade
