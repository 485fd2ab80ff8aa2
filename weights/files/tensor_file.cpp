#include "weights/files/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/files/json_file.h"
#include "weights/files/mapped_file.h"
#include "weights/files/safetensors.h"
#include "weights/files/torch/torch_archive.h"
#include "weights/files/torch/torch_checkpoint.h"

namespace saccade {
namespace {

using ShardOf = std::map<std::string, std::string, std::less<>>;

/// Returns whether `name` is a plain file name: a checkpoint must not refer to other folders.
bool is_plain_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return false;
  for (const char c : name) {
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

/// The usual extensions of files that torch.save writes.
bool is_torch_file(const std::filesystem::path& path) {
  constexpr std::array names{".bin", ".pt", ".pth", ".tar", ".ckpt"};
  return std::find(names.begin(), names.end(), path.extension()) != names.end();
}

/// Reads the index's `weight_map`: the shard of each tensor.
ShardOf read_weight_map(const std::filesystem::path& path) {
  const nlohmann::json index = read_json_file(path);
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object() || map->empty()) {
    throw ModelError(path.string() +
                     ": no \"weight_map\" object with the file of each tensor; wanted the index "
                     "of a sharded safetensors checkpoint");
  }
  ShardOf result;
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string() || !is_plain_name(shard.get_ref<const std::string&>())) {
      throw ModelError(fmt::format(
          "{}: tensor {}: shard {}; wanted the name of a file in the same folder", path.string(),
          quote(tensor),
          shard.is_string() ? quote(shard.get_ref<const std::string&>()) : shard.type_name()));
    }
    result.emplace(tensor, shard.get<std::string>());
  }
  return result;
}

void check_listed(const ShardOf& shard_of, const TensorView& tensor, const std::string& shard,
                  const std::filesystem::path& index) {
  const auto listed = shard_of.find(tensor.name);
  if (listed == shard_of.end()) {
    throw ModelError(
        fmt::format("{}: tensor {} of shard {} is not in weight_map; the index and the "
                    "shards are from different checkpoints",
                    index.string(), quote(tensor.name), quote(shard)));
  }
  if (listed->second != shard) {
    throw ModelError(fmt::format("{}: tensor {} is in shard {}, but weight_map puts it into {}",
                                 index.string(), quote(tensor.name), quote(shard),
                                 quote(listed->second)));
  }
}

}  // namespace

std::set<std::string> shard_names(const std::filesystem::path& index) {
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : read_weight_map(index)) shards.insert(shard);
  return shards;
}

TensorFile::TensorFile(const std::filesystem::path& path) {
  if (path.extension() == ".json") {
    open_shards(path);
    return;
  }
  for (TensorView& tensor : open_file(path)) {
    tensors_.insert_or_assign(tensor.name, std::move(tensor));
  }
}

TensorFile::~TensorFile() = default;
TensorFile::TensorFile(TensorFile&&) noexcept = default;
TensorFile& TensorFile::operator=(TensorFile&&) noexcept = default;

std::vector<TensorView> TensorFile::open_file(const std::filesystem::path& path) {
  files_.push_back(std::make_unique<MappedFile>(path));
  paths_.push_back(path);
  const auto bytes = files_.back()->bytes();
  if (!is_torch_file(path) && !is_zip(bytes)) return parse_safetensors(bytes, path.string());
  TorchCheckpoint checkpoint = parse_torch(bytes, path.string());
  architecture_ = std::move(checkpoint.architecture);
  entry_ = std::move(checkpoint.entry);
  copies_.insert(copies_.end(), checkpoint.copies.begin(), checkpoint.copies.end());
  return std::move(checkpoint.tensors);
}

void TensorFile::open_shards(const std::filesystem::path& index) {
  const ShardOf shard_of = read_weight_map(index);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  for (const std::string& shard : shards) {
    const auto path = index.parent_path() / shard;
    if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
      throw ModelError(fmt::format("{}: shard {} is missing; fetch it into the same folder",
                                   index.string(), quote(shard)));
    }
    for (TensorView& tensor : open_file(path)) {
      check_listed(shard_of, tensor, shard, index);
      tensors_.emplace(tensor.name, std::move(tensor));
    }
  }
  for (const auto& [tensor, shard] : shard_of) {
    if (tensors_.contains(tensor)) continue;
    throw ModelError(fmt::format("{}: tensor {} is not in its shard {}", index.string(),
                                 quote(tensor), quote(shard)));
  }
}

const TensorView* TensorFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

const std::filesystem::path& TensorFile::path_of(const TensorView& tensor) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i]->contains(tensor.bytes)) return paths_[i];
  }
  return paths_.front();  // a copy: PyTorch files are not sharded
}

void TensorFile::release_pages(const TensorView& tensor) const {
  for (const auto& file : files_) {
    if (file->contains(tensor.bytes)) return file->release_pages(tensor.bytes);
  }
}

}  // namespace saccade
