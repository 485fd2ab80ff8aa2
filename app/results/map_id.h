// Identifies a map among the maps of a picture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/results/map_method.h"
#include "model/explain/maps.h"

namespace saccade {

/// A patch by its position in the grid, from 0.
struct PatchPosition {
  int64_t row = 0;
  int64_t col = 0;
};

/// One head of a layer, or the fusion of all heads.
struct HeadSelection {
  std::optional<int64_t> head;
  HeadFusion fusion = HeadFusion::mean;  ///< if there is no head
};

/// A map. Fields that do not apply to the method are empty.
struct MapId {
  MapMethod method = MapMethod::saccade;
  std::optional<int64_t> layer;        ///< attention only
  std::optional<HeadSelection> heads;  ///< attention only
  std::optional<int64_t> class_index;  ///< class-specific methods only
  std::optional<int64_t> versus;       ///< with a class only
  std::optional<PatchPosition> query;
};

/// The suffix of the map's file names after the picture's stem:
/// _METHOD[_L##][_H##|_Hmax|_Hmin][_class###][_vs###][_Q##-##].
std::string file_suffix(const MapId& map);

std::string_view name_of(HeadFusion fusion);

}  // namespace saccade
