// How results call a class.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weights/config/labels.h"

namespace saccade {

/// As timm's --label-type.
enum class LabelType {
  description,  ///< words for people; else the name; else the index
  name,         ///< a short identifier such as the synset; else the description; else the index
  index,        ///< the number of the class
};

/// As on the command line.
std::string_view name_of(LabelType type);

std::string class_label(const Labels& labels, int64_t index, LabelType type);

}  // namespace saccade
