// Which picture a name stands for.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "app/inputs/inputs.h"

namespace saccade {

/// The names of a run's pictures, sorted. Refers to the inputs.
class NameIndex {
 public:
  /// Throws UsageError where two pictures have one name: results go by it.
  explicit NameIndex(const Inputs& inputs);

  /// The picture's place among the inputs.
  std::optional<size_t> find(std::string_view name) const;

 private:
  const Inputs& inputs_;
  std::vector<size_t> by_name_;
};

}  // namespace saccade
