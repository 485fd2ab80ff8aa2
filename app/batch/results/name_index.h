// Finds pictures by name.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "app/inputs/inputs.h"

namespace saccade {

/// The sorted names of a run's pictures. Holds a reference to the inputs.
class NameIndex {
 public:
  /// Throws UsageError if two pictures have the same name, because results are identified by name.
  explicit NameIndex(const Inputs& inputs);

  /// Index of the picture among the inputs; nullopt if there is none of that name.
  std::optional<size_t> find(std::string_view name) const;

 private:
  const Inputs& inputs_;
  std::vector<size_t> by_name_;
};

}  // namespace saccade
