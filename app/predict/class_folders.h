// The names of the folders into which pictures are sorted by class.
#pragma once

#include <string>
#include <vector>

#include "app/predict/class_label.h"
#include "app/predict/class_names.h"

namespace saccade {

/// Returns the name of each class's folder: the label in UTF-8, with _ in place of slashes, control
/// characters and a leading dot, and at most 200 bytes. Where several classes would get the same
/// name, in upper or lower case, or the name means another class to ClassNames (the label "7" of
/// class 9), the class's index is appended. So each name means its class.
std::vector<std::string> class_folders(const ClassNames& names, const Labels& labels,
                                       LabelType type);

}  // namespace saccade
