#include "weights/files/torch/unpickler.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

// The state of an optimizer with thousands of tensors takes a few hundred kilobytes.
constexpr size_t kMaxPickleBytes = size_t{64} << 20;
constexpr size_t kMaxObjects = size_t{2} << 20;
constexpr size_t kMaxNameBytes = 1024;

}  // namespace

Unpickler::Unpickler(std::span<const std::byte> bytes, const std::string& file,
                     std::vector<Pickled>& into)
    : bytes_(bytes), file_(file), objects_(into) {
  if (bytes.size() > kMaxPickleBytes) {
    fail(fmt::format("{} bytes; wanted at most {}", bytes.size(), kMaxPickleBytes));
  }
}

void Unpickler::fail(const std::string& problem) const {
  throw ModelError(fmt::format("{}: the pickle in it, at byte {}: {}", file_, at_, problem));
}

std::span<const std::byte> Unpickler::take(uint64_t count) {
  if (count > bytes_.size() - at_)
    fail("it ends too early; the file is cut off or not a checkpoint");
  const auto taken = bytes_.subspan(at_, size_t(count));
  at_ += size_t(count);
  return taken;
}

uint64_t Unpickler::take_unsigned(int bytes) {
  uint64_t value = 0;
  int shift = 0;
  for (const std::byte byte : take(uint64_t(bytes))) {
    value |= std::to_integer<uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

std::string Unpickler::take_text(uint64_t count) {
  const auto taken = take(count);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

std::string Unpickler::take_line() {
  const auto rest = bytes_.subspan(at_);
  const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
  std::string line = take_text(uint64_t(end - rest.begin()));
  take(1);
  return line;
}

Pickled::Number Unpickler::add(Pickled object) {
  if (objects_.size() >= kMaxObjects) fail(fmt::format("more than {} objects", kMaxObjects));
  objects_.push_back(std::move(object));
  return Number(objects_.size() - 1);
}

Pickled::Number Unpickler::pop() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
    fail("takes an object from an empty stack");
  }
  const Number top = stack_.back();
  stack_.pop_back();
  return top;
}

size_t Unpickler::pop_mark() {
  if (marks_.empty()) fail("returns to a mark that does not exist");
  const size_t mark = marks_.back();
  marks_.pop_back();
  return mark;
}

std::vector<Pickled::Number> Unpickler::pop_above(size_t mark) {
  std::vector<Number> items(stack_.begin() + std::ptrdiff_t(mark), stack_.end());
  stack_.resize(mark);
  return items;
}

Pickled::Number Unpickler::run() {
  while (true) {
    const auto opcode = unsigned(take_unsigned(1));
    if (opcode == '.') return pop();
    if (step(opcode)) continue;
    --at_;
    fail(fmt::format("opcode 0x{:02x}, which checkpoints do not use", opcode));
  }
}

bool Unpickler::step(unsigned opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      take(1);
      return true;
    case 0x95:  // FRAME
      take(8);
      return true;
    case '(':  // MARK
      if (marks_.size() >= kMaxObjects) fail(fmt::format("more than {} marks", kMaxObjects));
      marks_.push_back(stack_.size());
      return true;
    case '0':  // POP
      pop();
      return true;
    case '1':  // POP_MARK
      pop_above(pop_mark());
      return true;
    case '2':  // DUP
      push(pop());
      push(stack_.back());
      return true;
    default:
      return push_value(opcode) || push_container(opcode) || fill_container(opcode) ||
             use_memo(opcode) || make_object(opcode);
  }
}

bool Unpickler::push_value(unsigned opcode) {
  const auto integer = [&](int64_t value) {
    push_new({.kind = Kind::integer, .integer = value});
    return true;
  };
  const auto text = [&](Kind kind, int length_bytes) {
    push_new({.kind = kind, .text = take_text(take_unsigned(length_bytes))});
    return true;
  };
  switch (opcode) {
    case 'N':  // NONE
      push(0);
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push_new({.kind = Kind::boolean, .integer = opcode == 0x88});
      return true;
    case 'K':  // BININT1
      return integer(int64_t(take_unsigned(1)));
    case 'M':  // BININT2
      return integer(int64_t(take_unsigned(2)));
    case 'J':  // BININT
      return integer(int32_t(uint32_t(take_unsigned(4))));
    case 0x8a:  // LONG1
      push_integer_of(take(take_unsigned(1)));
      return true;
    case 0x8b:  // LONG4
      push_integer_of(take(take_unsigned(4)));
      return true;
    case 'G': {  // BINFLOAT, most significant byte first
      uint64_t bits = 0;
      for (const std::byte byte : take(8)) bits = bits << 8 | std::to_integer<uint64_t>(byte);
      push_new({.kind = Kind::real, .real = std::bit_cast<double>(bits)});
      return true;
    }
    case 'X':  // BINUNICODE
      return text(Kind::text, 4);
    case 0x8c:  // SHORT_BINUNICODE
      return text(Kind::text, 1);
    case 0x8d:  // BINUNICODE8
      return text(Kind::text, 8);
    case 'T':  // BINSTRING
    case 'B':  // BINBYTES
      return text(Kind::bytes, 4);
    case 'U':  // SHORT_BINSTRING
    case 'C':  // SHORT_BINBYTES
      return text(Kind::bytes, 1);
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      return text(Kind::bytes, 8);
    default:
      return false;
  }
}

// Two's complement of any length, least significant byte first.
void Unpickler::push_integer_of(std::span<const std::byte> little_endian) {
  if (little_endian.size() > 8) return push_new({.kind = Kind::too_large});
  uint64_t value = 0;
  for (size_t i = 0; i < little_endian.size(); ++i) {
    value |= std::to_integer<uint64_t>(little_endian[i]) << (8 * i);
  }
  const int unused = 64 - 8 * int(little_endian.size());
  const int64_t number = unused == 64 ? 0 : int64_t(value << unused) >> unused;
  push_new({.kind = Kind::integer, .integer = number});
}

bool Unpickler::push_container(unsigned opcode) {
  switch (opcode) {
    case '}':  // EMPTY_DICT
      push_new({.kind = Kind::dict});
      return true;
    case ']':   // EMPTY_LIST
    case 0x8f:  // EMPTY_SET
      push_new({.kind = Kind::list});
      return true;
    case ')':  // EMPTY_TUPLE
      push_new({.kind = Kind::tuple});
      return true;
    case 't': {  // TUPLE
      std::vector<Number> items = pop_above(pop_mark());
      push_new({.kind = Kind::tuple, .items = std::move(items)});
      return true;
    }
    case 'l':     // LIST
    case 0x91: {  // FROZENSET
      std::vector<Number> items = pop_above(pop_mark());
      push_new({.kind = Kind::list, .items = std::move(items)});
      return true;
    }
    case 'd': {  // DICT
      std::vector<Number> items = pop_above(pop_mark());
      if (items.size() % 2 != 0) fail("a dict has a key without a value");
      push_new({.kind = Kind::dict, .items = std::move(items)});
      return true;
    }
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      push_tuple(opcode - 0x84);
      return true;
    default:
      return false;
  }
}

void Unpickler::push_tuple(size_t count) {
  std::vector<Number> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  push_new({.kind = Kind::tuple, .items = std::move(items)});
}

bool Unpickler::fill_container(unsigned opcode) {
  switch (opcode) {
    case 'a': {  // APPEND
      const Number item = pop();
      add_items({item}, /*pairs=*/false);
      return true;
    }
    case 'e':   // APPENDS
    case 0x90:  // ADDITEMS
      add_items(pop_above(pop_mark()), /*pairs=*/false);
      return true;
    case 's': {  // SETITEM
      const Number value = pop(), key = pop();
      add_items({key, value}, /*pairs=*/true);
      return true;
    }
    case 'u':  // SETITEMS
      add_items(pop_above(pop_mark()), /*pairs=*/true);
      return true;
    default:
      return false;
  }
}

// Adds items to the container on top of the stack.
void Unpickler::add_items(std::vector<Number> items, bool pairs) {
  const Number top = pop();
  push(top);
  Pickled& container = objects_[top];
  if (container.kind != Kind::instance && container.kind != (pairs ? Kind::dict : Kind::list)) {
    fail("adds items to an object that is not a container");
  }
  if (pairs && items.size() % 2 != 0) fail("a dict has a key without a value");
  container.items.insert(container.items.end(), items.begin(), items.end());
}

bool Unpickler::use_memo(unsigned opcode) {
  switch (opcode) {
    case 'q':  // BINPUT
      remember(take_unsigned(1));
      return true;
    case 'r':  // LONG_BINPUT
      remember(take_unsigned(4));
      return true;
    case 0x94:  // MEMOIZE
      remember(memo_.size());
      return true;
    case 'h':  // BINGET
      recall(take_unsigned(1));
      return true;
    case 'j':  // LONG_BINGET
      recall(take_unsigned(4));
      return true;
    default:
      return false;
  }
}

void Unpickler::remember(uint64_t key) {
  const Number top = pop();
  push(top);
  if (memo_.size() >= kMaxObjects) fail(fmt::format("stores more than {} objects", kMaxObjects));
  memo_[key] = top;
}

void Unpickler::recall(uint64_t key) {
  const auto known = memo_.find(key);
  if (known == memo_.end()) fail(fmt::format("recalls object {}, which it has not stored", key));
  push(known->second);
}

void Unpickler::push(Number number) {
  if (stack_.size() >= kMaxObjects)
    fail(fmt::format("more than {} objects on the stack", kMaxObjects));
  stack_.push_back(number);
}

void Unpickler::push_global(const std::string& module, const std::string& name) {
  // Both may come from the memo, so that few opcodes could produce much text.
  if (module.size() + name.size() > kMaxNameBytes) fail("the name of a class is too long");
  global_bytes_ += module.size() + name.size();
  if (global_bytes_ > kMaxPickleBytes) fail("the names of its classes are too long in total");
  push_new({.kind = Kind::global, .text = module + "." + name});
}

bool Unpickler::make_object(unsigned opcode) {
  switch (opcode) {
    case 'c': {  // GLOBAL
      const std::string module = take_line();
      push_global(module, take_line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const Number name = pop(), module = pop();
      if (objects_[name].kind != Kind::text || objects_[module].kind != Kind::text) {
        fail("the name of a class is not text");
      }
      push_global(objects_[module].text, objects_[name].text);
      return true;
    }
    case 'R':     // REDUCE
    case 0x81: {  // NEWOBJ
      const Number arguments = pop(), callable = pop();
      push_new({.kind = Kind::instance, .callable = callable, .arguments = arguments});
      return true;
    }
    case 0x92: {  // NEWOBJ_EX
      pop();      // arguments by name
      const Number arguments = pop(), callable = pop();
      push_new({.kind = Kind::instance, .callable = callable, .arguments = arguments});
      return true;
    }
    case 'b': {  // BUILD
      const Number state = pop(), object = pop();
      if (objects_[object].kind != Kind::instance)
        fail("sets the state of an object that is not an instance");
      objects_[object].state = state;
      push(object);
      return true;
    }
    case 'Q': {  // BINPERSID
      const Number identifier = pop();
      push_new({.kind = Kind::persistent, .items = {identifier}});
      return true;
    }
    default:
      return false;
  }
}

}  // namespace saccade
