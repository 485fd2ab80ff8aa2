// What is known about an opened checkpoint, one line a fact.
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
  std::string text;    ///< the value for people
  std::string source;  ///< where it came from
};

/// Everything that inspect tells, in order; findings of a section stand together.
std::vector<Finding> findings(const Checkpoint& checkpoint);

/// {"SECTION": {"NAME": {"value": ..., "source": "..."}, ...}, ...}
nlohmann::ordered_json findings_as_json(const std::vector<Finding>& findings);

}  // namespace saccade
