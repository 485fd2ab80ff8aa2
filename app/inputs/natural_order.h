// Orders file names by the numbers in them.
#pragma once

#include <string_view>

namespace saccade {

/// Whether `a` comes before `b`: runs of digits compare as numbers of any length ("img2" before
/// "img10"), everything else by bytes. Names that differ in leading zeros alone compare by bytes,
/// so that only equal names are equivalent.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace saccade
