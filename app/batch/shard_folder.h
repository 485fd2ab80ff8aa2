// Reads the results of one shard for merging.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/batch/results/result_reader.h"
#include "app/results/json_values.h"
#include "app/system/regular_file.h"
#include "app/system/shard.h"
#include "weights/base/input_file.h"

namespace saccade {

/// Describes the list of pictures of all shards, to check that all shards have the same.
struct AllPictures {
  size_t count = 0;
  std::string names_sha256;  ///< of the names in order, each followed by a zero byte

  bool operator==(const AllPictures&) const = default;
};

/// Reads a shard's records in order, each with the index of its picture among those of all shards.
class ShardFolder {
 public:
  /// Throws UsageError, naming the folder and the remedy, if it does not hold a finished shard.
  explicit ShardFolder(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  /// The contents of run.json.
  const Json& record() const { return record_; }
  const Shard& shard() const { return shard_; }
  const AllPictures& all() const { return all_; }

  /// The current record; null after the last.
  const ImageResult* next() const { return next_ ? &*next_ : nullptr; }
  size_t place() const { return place_; }
  /// Whether the picture still existed at the end of the run; if not, place() is that of the
  /// previous record.
  bool listed() const { return listed_; }
  /// Moves to the next record. Throws UsageError if it is malformed, has no index, or belongs to
  /// another shard.
  void advance();

 private:
  std::filesystem::path path_;
  Json record_;
  Shard shard_;
  AllPictures all_;
  ResultReader results_;
  std::optional<RegularFile> places_;
  std::optional<ImageResult> next_;
  size_t place_ = 0;
  bool listed_ = false;
};

/// Opens the shards in `paths`, each the folder of a shard or a folder that holds shards. Returns
/// them ordered by index. Throws UsageError unless they are all the parts of one run, once each.
std::vector<ShardFolder> open_shards(const std::vector<std::string>& paths);

}  // namespace saccade
