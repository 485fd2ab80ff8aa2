// What a spec tells its visitors about one of its fields.
#pragma once

#include <cstdint>
#include <string_view>

namespace saccade {

/// Where `saccade inspect` shows a field.
enum class FieldGroup {
  none,    ///< not in a row of its own
  sizes,   ///< among the sizes and kinds of layers, which come first
  options  ///< among the options, which follow them
};

/// A field of a spec. `visit(visitor)` of a spec calls `visitor(Field, value)` for each of its
/// fields, in order.
struct Field {
  std::string_view name;        ///< unique in VitDescription; the key of its source in Provenance
  std::string_view label = {};  ///< its row in `saccade inspect`
  FieldGroup group = FieldGroup::none;
  std::string_view what = {};  ///< an integer's name in error messages
  int64_t largest = 0;         ///< an integer must be 1 .. largest; 0: it has no such limit
  bool zero_is_none = false;   ///< 0 is valid, too
};

}  // namespace saccade
