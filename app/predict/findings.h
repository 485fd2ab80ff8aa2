// A report of an opened checkpoint: each fact with its source.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "weights/checkpoint.h"

namespace saccade {

struct Finding {
  std::string section;  ///< "model", "weights", "preprocessing" or "output"
  std::string name;
  nlohmann::ordered_json value;
  std::string text;    ///< the value as text for people
  std::string source;  ///< where the value came from
};

/// Everything that `saccade inspect` prints, in its order; sections are contiguous.
std::vector<Finding> findings(const Checkpoint& checkpoint);

/// {"SECTION": {"NAME": {"value": ..., "source": "..."}, ...}, ...}
nlohmann::ordered_json findings_as_json(const std::vector<Finding>& findings);

}  // namespace saccade
