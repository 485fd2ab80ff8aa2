// Safetensors files, read by mapping them. Every byte of the header is taken as hostile.
// Format: https://github.com/huggingface/safetensors (README, "Format").
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

class MappedFile;

/// Element types. Those that no vision transformer's weights use (integers, f8 ...) are kept by
/// name and size so that a file holding them still opens; converting one is an error.
enum class DType { f64, f32, f16, bf16, other };

/// One tensor inside a mapped file. Valid while the TensorFile lives.
struct TensorView {
  std::string name{};
  DType dtype = DType::other;
  std::string dtype_name;              ///< as the file spells it: "F32", "BF16", "I64", ...
  std::vector<int64_t> shape{};        ///< empty for a scalar
  std::span<const std::byte> bytes{};  ///< little-endian, row-major; no alignment is promised

  int64_t count() const;  ///< product of the shape; it was checked not to overflow
};

/// Writes `tensor` as f32 into `out` (out.size() == tensor.count()), from f32, f16, bf16 or f64.
/// Throws ModelError naming the tensor and its dtype for any other, and std::invalid_argument where
/// the sizes differ.
void convert_to_f32(const TensorView& tensor, std::span<float> out);

/// Header of a safetensors file in memory: names, shapes and byte ranges, fully checked against
/// `bytes`; sorted by position. `file` only names the file in errors (ModelError). This is the
/// fuzzed entry point.
std::vector<TensorView> parse_safetensors(std::span<const std::byte> bytes,
                                          const std::string& file);

/// The shards that an index.json lists: names of files beside it. Throws ModelError where one is
/// not, or the index is malformed, and SystemError where it cannot be read.
std::set<std::string> shard_names(const std::filesystem::path& index);

/// A single mapped .safetensors file, or one that torch.save wrote (weights/torch), or the shards
/// that an *.index.json lists.
class TensorFile {
 public:
  /// `path` is such a file or an index.json. Throws SystemError where it cannot be opened
  /// and ModelError where it is malformed, naming the file and what was found.
  explicit TensorFile(const std::filesystem::path& path);
  ~TensorFile();
  TensorFile(TensorFile&&) noexcept;
  TensorFile& operator=(TensorFile&&) noexcept;

  /// All tensors, by name. (nullptr from find: there is no such tensor.)
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  const TensorView* find(std::string_view name) const;

  /// timm's name of the model, where a PyTorch file has it; else "".
  const std::string& architecture() const { return architecture_; }

  /// The files: one, or the shards by name.
  const std::vector<std::filesystem::path>& paths() const { return paths_; }

  /// Tells the kernel that the tensor's pages are done with, so that they leave the process's
  /// resident set; reading it again is still correct. Only whole pages are dropped.
  void release_pages(const TensorView& tensor) const;

 private:
  std::vector<TensorView> open_file(const std::filesystem::path& path);
  void open_shards(const std::filesystem::path& index);

  std::vector<std::filesystem::path> paths_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<std::shared_ptr<std::byte[]>> copies_;  // of tensors that did not lie in one piece
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::string architecture_;
};

}  // namespace saccade
