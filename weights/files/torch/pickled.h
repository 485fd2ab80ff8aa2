// What a Python pickle holds, as inert data: nothing that it names is ever imported or called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

/// One object of a pickle. Objects refer to each other by number, since several may hold the same
/// one, and itself.
struct Pickled {
  enum class Kind {
    none,
    boolean,  ///< integer: 0 or 1
    integer,  ///< integer
    real,     ///< real
    text,     ///< text: UTF-8
    bytes,    ///< text
    tuple,    ///< items
    list,     ///< items; sets too
    dict,     ///< items: key, value, key, value, ...
    global,   ///< text: "module.name" of a class or function
    made,     ///< callable(*arguments), state, and what was put into it: items as of list or dict
    persistent,  ///< items: the one identifier of something that lies outside of the pickle
    too_large,   ///< an integer that 64 bits do not hold
  };
  using Number = uint32_t;

  Kind kind = Kind::none;
  int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<Number> items{};
  Number callable = 0, arguments = 0, state = 0;  ///< of what was made; 0 is None
};

class Pickle {
 public:
  /// Reads the first object of `bytes`, in any protocol but those written as text (0) where they
  /// differ. Throws ModelError that names `file`, the place and what is wrong. The fuzzed entry
  /// point.
  Pickle(std::span<const std::byte> bytes, const std::string& file);

  const Pickled& root() const { return objects_[root_]; }
  const Pickled& operator[](Pickled::Number number) const { return objects_[number]; }

  /// The value of a key that is text, in a dict or what was made as one; nullptr where there is
  /// none. The last one where there are several.
  const Pickled* find(const Pickled& dict, std::string_view key) const;
  /// "module.name" of what made `object`; "" where it was not made.
  std::string_view maker(const Pickled& object) const;

 private:
  std::vector<Pickled> objects_;  // 0 is None
  Pickled::Number root_ = 0;
};

}  // namespace saccade
