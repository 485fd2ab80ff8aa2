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

// timm's four, in its order; then those of other trainers, averaged weights first; "module" is
// DeepSpeed's.
constexpr std::array kEntries{"state_dict_ema",
                              "model_ema",
                              "state_dict",
                              "model",
                              "ema_state_dict",
                              "ema",
                              "module",
                              "model_state_dict",
                              "model_state",
                              "model_weights",
                              "weights",
                              "params",
                              "net",
                              "network"};
constexpr int kDeepest = 4;

class StateDict {
 public:
  StateDict(const Pickle& pickle, const StorageLookup& storage_of, const std::string& file)
      : pickle_(pickle), tensors_(pickle, storage_of, file), file_(file) {}

  TorchCheckpoint read() {
    const Pickled& root = pickle_.root();
    const Pickled& state = state_dict(root);
    if (!is_dict(state)) refuse(state);
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

  // Opens dicts in dicts until one has tensors of its own.
  const Pickled& state_dict(const Pickled& root) {
    const Pickled* state = &root;
    for (int depth = 0; depth < kDeepest && is_dict(*state); ++depth) {
      const Pickled* inner = nullptr;
      for (const char* key : kEntries) {
        inner = pickle_.find(*state, key);
        if (inner && (is_dict(*inner) ? holds_weights(*inner) : is_module(*inner))) {
          checkpoint_.entry += (checkpoint_.entry.empty() ? "" : ".") + std::string(key);
          break;
        }
        inner = nullptr;
      }
      if (!inner) break;
      state = inner;
    }
    return *state;
  }

  // Whether a dict has a tensor, or a dict that may have one.
  bool holds_weights(const Pickled& dict) const {
    for (size_t i = 1; i < dict.items.size(); i += 2) {
      const Pickled& value = pickle_[dict.items[i]];
      if (value.kind == Kind::instance || is_dict(value)) return true;
    }
    return false;
  }

  // torch.save(model) in place of its state dict.
  bool is_module(const Pickled& object) const {
    if (object.kind != Kind::instance) return false;
    const Pickled& state = pickle_[object.state];
    return is_dict(state) && pickle_.find(state, "_modules") != nullptr;
  }

  [[noreturn]] void refuse(const Pickled& state) const {
    if (is_module(state)) {
      throw ModelError(fmt::format(
          "{}: holds a whole model as a Python object ({}), which cannot be read without running "
          "its code; load it in PyTorch and save its weights with torch.save(model.state_dict(), "
          "...)",
          file_, escaped(pickle_.callable_name(state))));
    }
    throw ModelError(fmt::format(
        "{}: holds no state dict; save one with torch.save(model.state_dict(), ...)", file_));
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
    count(checkpoint_.tensors.back());
  }

  // A few opcodes take a long name from the memo any number of times. Each tensor has its own copy.
  void count(const TensorView& tensor) {
    constexpr size_t kMost = size_t{64} << 20;  // thousands of tensors have a few hundred kilobytes
    described_bytes_ += sizeof tensor + tensor.name.size() + tensor.dtype_name.size() +
                        tensor.shape.size() * sizeof tensor.shape[0];
    if (described_bytes_ <= kMost) return;
    throw ModelError(fmt::format(
        "{}: the names and shapes of its tensors take more than {} MiB; it is no checkpoint", file_,
        kMost >> 20));
  }

  std::string kind_of(const Pickled& value) const {
    return value.kind == Kind::instance ? std::string(pickle_.callable_name(value)) : "storage";
  }

  const Pickle& pickle_;
  TorchTensors tensors_;
  const std::string& file_;
  TorchCheckpoint checkpoint_;
  size_t described_bytes_ = 0;
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
  if (archive.has("constants.pkl")) {
    throw ModelError(
        fmt::format("{}: a TorchScript program, not weights; save its weights with "
                    "torch.save(torch.jit.load(FILE).state_dict(), ...)",
                    file));
  }
  const Pickle pickle(archive.entry("data.pkl"), file);
  return read_state_dict(
      pickle, [&](const std::string& key) { return archive.entry("data/" + key); }, file);
}

}  // namespace saccade
