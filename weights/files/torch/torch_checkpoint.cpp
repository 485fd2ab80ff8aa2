#include "weights/files/torch/torch_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/files/torch/torch_archive.h"

namespace saccade {
namespace {

using Kind = Pickled::Kind;

class StateDict {
 public:
  StateDict(const Pickle& pickle, const StorageLookup& storage_of, const std::string& file)
      : pickle_(pickle), tensors_(pickle, storage_of, file), file_(file) {}

  TorchCheckpoint read() {
    const Pickled& root = pickle_.root();
    const Pickled& state = state_dict(root);
    if (!is_dict(state)) {
      throw ModelError(fmt::format(
          "{}: holds no state dict; save one with torch.save(model.state_dict(), ...)", file_));
    }
    checkpoint_.architecture = architecture(root);
    for (size_t i = 0; i + 1 < state.items.size(); i += 2) {
      const Pickled& name = pickle_[state.items[i]];
      if (name.kind == Kind::text) add(name.text, pickle_[state.items[i + 1]]);
    }
    checkpoint_.copies = tensors_.take_copies();
    return std::move(checkpoint_);
  }

 private:
  bool is_dict(const Pickled& object) const {
    return object.kind == Kind::dict || pickle_.callable_name(object) == "collections.OrderedDict";
  }

  const Pickled& state_dict(const Pickled& root) const {
    if (!is_dict(root)) return root;
    for (const char* key : {"state_dict_ema", "model_ema", "state_dict", "model"}) {
      const Pickled* found = pickle_.find(root, key);
      if (found && is_dict(*found)) return *found;
    }
    return root;
  }

  // timm's trainer saves it as "arch" and in its arguments.
  std::string architecture(const Pickled& root) const {
    const Pickled* named = pickle_.find(root, "arch");
    if (!named) {
      const Pickled* arguments = pickle_.find(root, "args");
      if (arguments && arguments->kind == Kind::instance) arguments = &pickle_[arguments->state];
      if (arguments) named = pickle_.find(*arguments, "model");
    }
    return named && named->kind == Kind::text ? named->text : "";
  }

  void add(const std::string& name, const Pickled& value) {
    if (value.kind != Kind::instance && value.kind != Kind::persistent) return;  // a plain value
    if (const auto tensor = tensors_.rebuilt(value)) {
      checkpoint_.tensors.push_back(*tensor);
    } else {
      checkpoint_.tensors.push_back({.dtype_name = fmt::format("{} (no tensor)", kind_of(value))});
    }
    checkpoint_.tensors.back().name = name;
  }

  std::string kind_of(const Pickled& value) const {
    return value.kind == Kind::instance ? std::string(pickle_.callable_name(value)) : "storage";
  }

  const Pickle& pickle_;
  TorchTensors tensors_;
  const std::string& file_;
  TorchCheckpoint checkpoint_;
};

}  // namespace

TorchCheckpoint read_state_dict(const Pickle& pickle, const StorageLookup& storage_of,
                                const std::string& file) {
  return StateDict(pickle, storage_of, file).read();
}

TorchCheckpoint parse_torch(std::span<const std::byte> bytes, const std::string& file) {
  if (!is_zip(bytes)) {
    throw ModelError(fmt::format(
        "{}: not in the zip form of torch.save since PyTorch 1.6; load it in PyTorch and save it "
        "again",
        file));
  }
  const TorchArchive archive(bytes, file);
  const Pickle pickle(archive.entry("data.pkl"), file);
  return read_state_dict(
      pickle, [&](const std::string& key) { return archive.entry("data/" + key); }, file);
}

}  // namespace saccade
