// The zip archive that torch.save writes: a pickle, and the values of tensors beside it.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

/// True where `bytes` begin as a zip archive does.
bool is_zip(std::span<const std::byte> bytes);

class TorchArchive {
 public:
  /// Finds the archive's entries in `bytes`, which must outlive it. Throws ModelError, naming
  /// `file`, where they are compressed, encrypted, cut short, or not what torch.save writes.
  TorchArchive(std::span<const std::byte> bytes, const std::string& file);

  /// An entry below the archive's only folder: "data.pkl", "data/7". Throws ModelError.
  std::span<const std::byte> entry(std::string_view name) const;

 private:
  std::string file_;
  std::map<std::string, std::span<const std::byte>, std::less<>> entries_;
};

}  // namespace saccade
