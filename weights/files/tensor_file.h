// The tensors of a checkpoint: one file in any supported format, or several shards.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weights/files/tensor_view.h"

namespace saccade {

class MappedFile;

/// Returns the names of the shards that an index.json lists, which are files in its folder. Throws
/// ModelError if the index is malformed or a name leaves its folder, and SystemError if it cannot
/// be read.
std::set<std::string> shard_names(const std::filesystem::path& index);

/// The tensors of a .safetensors file, of a file written by torch.save (weights/files/torch), or of
/// the shards that an *.index.json lists. The files stay mapped during its lifetime.
class TensorFile {
 public:
  /// Throws SystemError if a file cannot be opened and ModelError if it is malformed.
  explicit TensorFile(const std::filesystem::path& path);
  ~TensorFile();
  TensorFile(TensorFile&&) noexcept;
  TensorFile& operator=(TensorFile&&) noexcept;

  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  /// Returns nullptr if there is no such tensor.
  const TensorView* find(std::string_view name) const;

  /// The timm name of the model, if a PyTorch file has it, else "".
  const std::string& architecture() const { return architecture_; }

  /// The keys under which a PyTorch file has the weights ("state_dict"); "" if they are its own.
  const std::string& entry() const { return entry_; }

  /// The file, or the shards sorted by name.
  const std::vector<std::filesystem::path>& paths() const { return paths_; }

  /// The file that holds the tensor.
  const std::filesystem::path& path_of(const TensorView& tensor) const;

  /// Drops the whole pages of the tensor from the resident set; see MappedFile::release_pages().
  void release_pages(const TensorView& tensor) const;

 private:
  std::vector<TensorView> open_file(const std::filesystem::path& path);
  void open_shards(const std::filesystem::path& index);

  std::vector<std::filesystem::path> paths_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<std::shared_ptr<std::byte[]>> copies_;  // of tensors that are not contiguous
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::string architecture_, entry_;
};

}  // namespace saccade
