// The contents of a Python pickle as plain data. Never imports or calls what the pickle names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

/// One object of a pickle. Objects refer to each other by number, because they may share objects
/// and contain themselves.
struct Pickled {
  enum class Kind {
    none,
    boolean,     ///< integer: 0 or 1
    integer,     ///< integer
    real,        ///< real
    text,        ///< text: UTF-8
    bytes,       ///< text
    tuple,       ///< items
    list,        ///< items; also a set
    dict,        ///< items: key, value, key, value, ...
    global,      ///< text: "module.name" of a class or function
    instance,    ///< the result of callable(*arguments), with `state` and items as of list or dict
    persistent,  ///< items: one identifier of an object outside of the pickle
    too_large,   ///< an integer of more than 64 bits
  };
  using Number = uint32_t;

  Kind kind = Kind::none;
  int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<Number> items{};
  Number callable = 0, arguments = 0, state = 0;  ///< of an instance; 0 is None
};

class Pickle {
 public:
  /// Reads the first object of `bytes`, in protocol 1 or later. Throws ModelError, which names
  /// `file`, the position and the problem. A fuzz target.
  Pickle(std::span<const std::byte> bytes, const std::string& file);

  const Pickled& root() const { return objects_[root_]; }
  const Pickled& operator[](Pickled::Number number) const { return objects_[number]; }

  /// Returns the value of the text key `key` in a dict or an instance; the last one if the key
  /// occurs several times, nullptr if it does not occur.
  const Pickled* find(const Pickled& dict, std::string_view key) const;
  /// Returns the "module.name" of an instance's callable; "" if `object` is not an instance, "?" if
  /// its callable has no name.
  std::string_view callable_name(const Pickled& object) const;

 private:
  std::vector<Pickled> objects_;  // 0 is None
  Pickled::Number root_ = 0;
};

}  // namespace saccade
