#include "weights/files/torch/pickled.h"

#include "weights/files/torch/unpickler.h"

namespace saccade {

Pickle::Pickle(std::span<const std::byte> bytes, const std::string& file) : objects_(1) {
  root_ = Unpickler(bytes, file, objects_).run();
}

const Pickled* Pickle::find(const Pickled& dict, std::string_view key) const {
  if (dict.kind != Pickled::Kind::dict && dict.kind != Pickled::Kind::instance) return nullptr;
  const Pickled* value = nullptr;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Pickled& name = objects_[dict.items[i]];
    if (name.kind == Pickled::Kind::text && name.text == key) value = &objects_[dict.items[i + 1]];
  }
  return value;
}

std::string_view Pickle::callable_name(const Pickled& object) const {
  if (object.kind != Pickled::Kind::instance) return "";
  const Pickled& callable = objects_[object.callable];
  return callable.kind == Pickled::Kind::global ? std::string_view(callable.text) : "?";
}

}  // namespace saccade
