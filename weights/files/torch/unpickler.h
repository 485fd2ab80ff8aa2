// The pickle virtual machine. CPython's Lib/pickletools.py documents the opcodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/files/torch/pickled.h"

namespace saccade {

/// Runs one pickle. Objects are only added, so memory is proportional to the pickle's length.
class Unpickler {
 public:
  Unpickler(std::span<const std::byte> bytes, const std::string& file, std::vector<Pickled>& into);

  /// Returns the number of the resulting object. Throws ModelError.
  Pickled::Number run();

 private:
  using Number = Pickled::Number;
  using Kind = Pickled::Kind;

  [[noreturn]] void fail(const std::string& problem) const;

  // Input.
  std::span<const std::byte> take(uint64_t count);
  uint64_t take_unsigned(int bytes);
  std::string take_text(uint64_t count);
  std::string take_line();

  // Stack.
  Number add(Pickled object);
  void push(Number number);
  void push_new(Pickled object) { push(add(std::move(object))); }
  Number pop();
  size_t pop_mark();
  std::vector<Number> pop_above(size_t mark);

  bool step(unsigned opcode);
  bool push_value(unsigned opcode);
  bool push_container(unsigned opcode);
  bool fill_container(unsigned opcode);
  bool use_memo(unsigned opcode);
  bool make_object(unsigned opcode);

  void push_integer_of(std::span<const std::byte> little_endian);
  void push_tuple(size_t count);
  void push_global(const std::string& module, const std::string& name);
  void add_items(std::vector<Number> items, bool pairs);
  void remember(uint64_t key);
  void recall(uint64_t key);

  std::span<const std::byte> bytes_;
  const std::string& file_;
  std::vector<Pickled>& objects_;
  size_t at_ = 0;
  std::vector<Number> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, Number> memo_;
  size_t global_bytes_ = 0;
};

}  // namespace saccade
