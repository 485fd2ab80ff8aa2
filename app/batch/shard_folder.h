// The results of one shard, read to be merged.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "app/batch/results/result_reader.h"
#include "app/results/json_values.h"
#include "app/system/shard.h"

namespace saccade {

/// What a shard knows of the pictures of all shards.
struct AllPictures {
  size_t count = 0;
  std::string names_sha256;  ///< of the names in their order, a zero byte after each

  bool operator==(const AllPictures&) const = default;
};

/// Reads a shard's records in order, each with its place among the pictures of all shards.
class ShardFolder {
 public:
  /// Throws UsageError, which names the folder and the remedy, where it holds no finished shard.
  explicit ShardFolder(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  /// The text of run.json.
  const Json& record() const { return record_; }
  const Shard& shard() const { return shard_; }
  const AllPictures& all() const { return all_; }

  /// The record that is next; null after the last.
  const ImageResult* next() const { return next_ ? &*next_ : nullptr; }
  size_t place() const { return place_; }
  /// Whether its picture was still there at the end of the run; else the place is that of the one
  /// before.
  bool listed() const { return listed_; }
  /// Throws UsageError where the record after it is none, has no place, or is another shard's.
  void advance();

 private:
  std::filesystem::path path_;
  Json record_;
  Shard shard_;
  AllPictures all_;
  ResultReader results_;
  std::ifstream places_;
  std::optional<ImageResult> next_;
  size_t place_ = 0;
  bool listed_ = false;
};

/// The shards among `paths`, each the folder of one or a folder that holds some, by their index.
/// Throws UsageError where they are not all parts of one run, each there once.
std::vector<ShardFolder> open_shards(const std::vector<std::string>& paths);

}  // namespace saccade
