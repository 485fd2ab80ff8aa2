#include "app/batch/results/name_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "weights/base/errors.h"

namespace saccade {

NameIndex::NameIndex(const Inputs& inputs) : inputs_(inputs), by_name_(inputs.images.size()) {
  std::iota(by_name_.begin(), by_name_.end(), size_t{0});
  std::sort(by_name_.begin(), by_name_.end(),
            [&](size_t a, size_t b) { return inputs.name(a) < inputs.name(b); });
  const auto twice = std::adjacent_find(by_name_.begin(), by_name_.end(), [&](size_t a, size_t b) {
    return inputs.name(a) == inputs.name(b);
  });
  if (twice == by_name_.end()) return;
  throw UsageError(fmt::format(
      "{}: is given twice, but results are identified by name; give it once", inputs.name(*twice)));
}

std::optional<size_t> NameIndex::find(std::string_view name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [&](size_t image, std::string_view n) { return inputs_.name(image) < n; });
  if (found == by_name_.end() || inputs_.name(*found) != name) return std::nullopt;
  return *found;
}

}  // namespace saccade
