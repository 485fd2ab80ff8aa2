#include "weights/files/torch/torch_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "weights/base/errors.h"

namespace saccade {

// The element type of a storage class.
struct TorchTensors::ElementType {
  std::string_view storage;
  DType dtype;
  std::string_view name;
  int64_t bytes;
};

namespace {

using Kind = Pickled::Kind;

constexpr size_t kMaxDimensions = 16;

// Copies elements at any strides to row-major order.
void copy_strided(const std::byte* from, const std::vector<int64_t>& shape,
                  const std::vector<int64_t>& strides, size_t bytes, std::byte* to) {
  std::vector<int64_t> at(shape.size(), 0);
  int64_t place = 0;
  while (true) {
    std::memcpy(to, from + size_t(place) * bytes, bytes);
    to += bytes;
    size_t axis = shape.size();
    while (axis > 0 && at[axis - 1] + 1 == shape[axis - 1]) {
      --axis;
      place -= at[axis] * strides[axis];
      at[axis] = 0;
    }
    if (axis == 0) return;
    ++at[axis - 1];
    place += strides[axis - 1];
  }
}

}  // namespace

const Pickled* TorchTensors::argument(const Pickled& made, size_t index) const {
  const Pickled& arguments = pickle_[made.arguments];
  if (arguments.kind != Kind::tuple || index >= arguments.items.size()) return nullptr;
  return &pickle_[arguments.items[index]];
}

std::optional<TensorView> TorchTensors::rebuilt(const Pickled& object) {
  const Pickled* made = &object;
  // A parameter holds a tensor, which may be a parameter itself, or even the same one.
  for (int depth = 0; depth < 4 && made; ++depth) {
    const std::string_view name = pickle_.callable_name(*made);
    if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor") {
      return rebuild(*made);
    }
    if (name != "torch._utils._rebuild_parameter" &&
        name != "torch._utils._rebuild_parameter_with_state") {
      return std::nullopt;
    }
    made = argument(*made, 0);
  }
  return std::nullopt;
}

// _rebuild_tensor_v2(storage, offset, size, stride, ...); offset and strides count elements.
std::optional<TensorView> TorchTensors::rebuild(const Pickled& made) {
  const Pickled* offset = argument(made, 1);
  const auto found = storage(argument(made, 0));
  const auto shape = numbers(argument(made, 2)), strides = numbers(argument(made, 3));
  if (!found || !offset || offset->kind != Kind::integer || offset->integer < 0 || !shape ||
      !strides || shape->size() != strides->size()) {
    return std::nullopt;
  }
  TensorView tensor{
      .dtype = found->type->dtype, .dtype_name = std::string(found->type->name), .shape = *shape};
  if (!set_bytes(*found, offset->integer, *strides, tensor)) return std::nullopt;
  return tensor;
}

// Persistent identifier: ("storage", class, key, device, number of elements).
std::optional<TorchTensors::Storage> TorchTensors::storage(const Pickled* object) const {
  if (!object || object->kind != Kind::persistent) return std::nullopt;
  const Pickled& identifier = pickle_[object->items.front()];
  if (identifier.kind != Kind::tuple || identifier.items.size() < 5) return std::nullopt;
  const Pickled& kind = pickle_[identifier.items[1]];
  const Pickled& key = pickle_[identifier.items[2]];
  if (kind.kind != Kind::global || key.kind != Kind::text) return std::nullopt;
  static constexpr std::array kElementTypes{
      ElementType{"torch.FloatStorage", DType::f32, "F32", 4},
      ElementType{"torch.HalfStorage", DType::f16, "F16", 2},
      ElementType{"torch.BFloat16Storage", DType::bf16, "BF16", 2},
      ElementType{"torch.DoubleStorage", DType::f64, "F64", 8},
      ElementType{"torch.LongStorage", DType::other, "I64", 8},
      ElementType{"torch.IntStorage", DType::other, "I32", 4},
      ElementType{"torch.ShortStorage", DType::other, "I16", 2},
      ElementType{"torch.CharStorage", DType::other, "I8", 1},
      ElementType{"torch.ByteStorage", DType::other, "U8", 1},
      ElementType{"torch.BoolStorage", DType::other, "BOOL", 1},
  };
  const auto type = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                 [&](const ElementType& t) { return t.storage == kind.text; });
  if (type == kElementTypes.end()) return std::nullopt;
  return Storage{type, storage_of_(key.text)};
}

std::optional<std::vector<int64_t>> TorchTensors::numbers(const Pickled* object) const {
  if (object && pickle_.callable_name(*object) == "torch.Size") object = argument(*object, 0);
  if (!object || object->kind != Kind::tuple || object->items.size() > kMaxDimensions) {
    return std::nullopt;
  }
  std::vector<int64_t> values;
  for (const Pickled::Number number : object->items) {
    const Pickled& value = pickle_[number];
    if (value.kind != Kind::integer || value.integer < 0) return std::nullopt;
    values.push_back(value.integer);
  }
  return values;
}

// Sets tensor.bytes to a part of the storage, or to a copy if the tensor is not contiguous. Returns
// false if elements would lie outside of the storage.
bool TorchTensors::set_bytes(const Storage& storage, int64_t offset,
                             const std::vector<int64_t>& strides, TensorView& tensor) {
  const auto limit = int64_t(storage.bytes.size()) / storage.type->bytes;  // elements
  int64_t count = 1, last = offset;
  bool dense = true;
  for (size_t i = strides.size(); i-- > 0;) {
    const int64_t size = tensor.shape[i];
    if (size != 1 && strides[i] != count) dense = false;
    if (__builtin_mul_overflow(count, size, &count)) return false;
    int64_t reach = 0;
    if (size > 0 && (__builtin_mul_overflow(size - 1, strides[i], &reach) ||
                     __builtin_add_overflow(last, reach, &last))) {
      return false;
    }
  }
  // A tensor that repeats elements (strides of 0) could exceed any memory.
  if (count > limit || offset > limit || (count > 0 && last >= limit)) return false;
  const auto bytes = size_t(storage.type->bytes);
  if (dense || count == 0) {
    tensor.bytes = storage.bytes.subspan(size_t(offset) * bytes, size_t(count) * bytes);
    return true;
  }
  copied_ += size_t(count) * bytes;
  constexpr size_t max_copied = size_t{1} << 30;
  if (copied_ > max_copied) {
    throw ModelError(
        fmt::format("{}: more than {} GB of non-contiguous tensors; save them "
                    "with .contiguous()",
                    file_, max_copied >> 30));
  }
  const std::shared_ptr<std::byte[]> copy(new std::byte[size_t(count) * bytes]);
  copy_strided(storage.bytes.data() + size_t(offset) * bytes, tensor.shape, strides, bytes,
               copy.get());
  tensor.bytes = {copy.get(), size_t(count) * bytes};
  copies_.push_back(copy);
  return true;
}

}  // namespace saccade
