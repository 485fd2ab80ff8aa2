// The label of a class in the results.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weights/config/labels.h"

namespace saccade {

/// The choices of timm's --label-type, each with its fallbacks.
enum class LabelType {
  description,  ///< a readable text; else the name; else the index
  name,         ///< a short identifier such as the synset; else the description; else the index
  index,        ///< the index of the class
};

/// The name on the command line.
std::string_view name_of(LabelType type);

std::string class_label(const Labels& labels, int64_t index, LabelType type);

}  // namespace saccade
