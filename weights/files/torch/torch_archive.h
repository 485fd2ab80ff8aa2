// The zip archive that torch.save writes: a pickle and the storages of its tensors.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

/// Returns whether `bytes` start like a zip archive.
bool is_zip(std::span<const std::byte> bytes);

class TorchArchive {
 public:
  /// Finds the archive's entries in `bytes`, which must outlive it. Throws ModelError, which names
  /// `file`, if an entry is compressed, encrypted or cut off, or the archive is damaged.
  TorchArchive(std::span<const std::byte> bytes, const std::string& file);

  /// Returns an entry by its path in the archive's top folder: "data.pkl", "data/7". Throws
  /// ModelError if there is no such entry.
  std::span<const std::byte> entry(std::string_view name) const;
  bool has(std::string_view name) const { return entries_.contains(name); }

 private:
  std::string file_;
  std::map<std::string, std::span<const std::byte>, std::less<>> entries_;
};

}  // namespace saccade
