#include "app/results/map_id.h"

#include <fmt/format.h>

namespace saccade {

std::string_view name_of(HeadFusion fusion) {
  switch (fusion) {
    case HeadFusion::mean:
      return "mean";
    case HeadFusion::max:
      return "max";
    case HeadFusion::min:
      break;
  }
  return "min";
}

std::string file_suffix(const MapId& map) {
  std::string suffix = fmt::format("_{}", name_of(map.method));
  if (map.layer) suffix += fmt::format("_L{:02}", *map.layer);
  if (map.heads && map.heads->head) {
    suffix += fmt::format("_H{:02}", *map.heads->head);
  } else if (map.heads && map.heads->fusion != HeadFusion::mean) {
    suffix += fmt::format("_H{}", name_of(map.heads->fusion));
  }
  if (map.class_index) suffix += fmt::format("_class{:03}", *map.class_index);
  if (map.versus) suffix += fmt::format("_vs{:03}", *map.versus);
  if (map.query) suffix += fmt::format("_Q{:02}-{:02}", map.query->row, map.query->col);
  return suffix;
}

}  // namespace saccade
