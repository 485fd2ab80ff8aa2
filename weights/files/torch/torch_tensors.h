// Tensors as torch.save pickles them: how to rebuild each from a storage beside the pickle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weights/files/safetensors.h"
#include "weights/files/torch/pickled.h"

namespace saccade {

/// The bytes of a storage by its key.
using StorageOf = std::function<std::span<const std::byte>(const std::string& key)>;

class TorchTensors {
 public:
  /// All of them must outlive it.
  TorchTensors(const Pickle& pickle, const StorageOf& storage_of, const std::string& file)
      : pickle_(pickle), storage_of_(storage_of), file_(file) {}

  /// The tensor, without its name, that torch._utils._rebuild_tensor_v2 or one of its kin would
  /// make; nullopt where `object` is none, or reaches beyond its storage. Throws ModelError.
  std::optional<TensorView> rebuilt(const Pickled& object);

  /// Of tensors whose elements do not follow each other in their storage.
  std::vector<std::shared_ptr<std::byte[]>> take_copies() { return std::move(copies_); }

 private:
  struct ElementType;
  struct Storage {
    const ElementType* type;
    std::span<const std::byte> bytes;
  };
  const Pickled* argument(const Pickled& made, size_t index) const;
  std::optional<TensorView> rebuild(const Pickled& made);
  std::optional<Storage> storage(const Pickled* object) const;
  std::optional<std::vector<int64_t>> numbers(const Pickled* object) const;
  bool place(const Storage& storage, int64_t offset, const std::vector<int64_t>& strides,
             TensorView& tensor);

  const Pickle& pickle_;
  const StorageOf& storage_of_;
  const std::string& file_;
  std::vector<std::shared_ptr<std::byte[]>> copies_;
  size_t copied_ = 0;
};

}  // namespace saccade
