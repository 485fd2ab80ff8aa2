// Rebuilds tensors, as torch.save pickles them, from the storages beside the pickle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weights/files/tensor_view.h"
#include "weights/files/torch/pickled.h"

namespace saccade {

/// Returns the bytes of a storage by its key.
using StorageLookup = std::function<std::span<const std::byte>(const std::string& key)>;

class TorchTensors {
 public:
  /// Holds references to its arguments, which must outlive it.
  TorchTensors(const Pickle& pickle, const StorageLookup& storage_of, const std::string& file)
      : pickle_(pickle), storage_of_(storage_of), file_(file) {}

  /// Returns the tensor, without a name, that torch._utils._rebuild_tensor_v2 or a similar function
  /// would build. Returns nullopt if `object` is not a tensor or extends past its storage. Throws
  /// ModelError if non-contiguous tensors take too much memory.
  std::optional<TensorView> rebuilt(const Pickled& object);

  /// Returns the copies of tensors that are not contiguous in their storage.
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
  bool set_bytes(const Storage& storage, int64_t offset, const std::vector<int64_t>& strides,
                 TensorView& tensor);

  const Pickle& pickle_;
  const StorageLookup& storage_of_;
  const std::string& file_;
  std::vector<std::shared_ptr<std::byte[]>> copies_;
  size_t copied_ = 0;
};

}  // namespace saccade
