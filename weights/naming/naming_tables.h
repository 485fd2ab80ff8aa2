// The table of every naming that Saccade reads.
#pragma once

#include <span>

#include "weights/naming/naming.h"

namespace saccade {

/// In the order in which find_naming tries their markers.
std::span<const Naming* const> all_namings();

/// Namings that may override parts of `naming`. A file may follow several of them.
std::span<const Naming* const> variants_of(const Naming& naming);

}  // namespace saccade
