// One model in the local cache of the hub, in the layout of huggingface_hub 2.4 (file_download.py):
// models--org--name/{refs, blobs, snapshots, .no_exist}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace saccade {

/// "org/name" -> "models--org--name".
std::string repo_folder_name(const std::string& repo);

/// Returns whether an ETag is safe as a file name: only letters, digits, '.', '_' and '-', and no
/// leading dot.
bool is_plain_etag(std::string_view etag);

/// The name of a blob whose hash the hub does not tell: that of one file of one commit, so that no
/// two files share it.
std::string unhashed_blob(const std::string& commit, const std::string& file);

/// Never follows links out of the cache: every file must resolve into the model's own folder, or
/// into the store <cache>/blobs that the models of huggingface_hub share. Never writes through a
/// link.
class HubCache {
 public:
  HubCache(const std::filesystem::path& cache, const std::string& repo);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path snapshot(const std::string& commit) const;
  std::filesystem::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path lock(const std::string& etag) const;

  /// Returns the commit that `revision` pointed to at the last download; nullopt if it is unknown
  /// or its file is damaged.
  std::optional<std::string> commit_of(const std::string& revision) const;
  /// Returns the path of the snapshot's file `name`; nullopt if it does not exist or is a dangling
  /// link. Throws ModelError if it leads out of the cache.
  std::optional<std::filesystem::path> file(const std::string& commit,
                                            const std::string& name) const;
  bool has_blob(const std::string& etag) const;
  /// The size of a blob that the cache has.
  uint64_t blob_size(const std::string& etag) const;
  /// Returns whether the hub once answered that the snapshot has no such file.
  bool known_missing(const std::string& commit, const std::string& name) const;

  /// The following functions create the folders that they need. They throw SystemError on I/O
  /// errors and ModelError if a folder leads out of the cache.
  void make_folders(const std::string& commit) const;
  void write_ref(const std::string& revision, const std::string& commit) const;
  void note_missing(const std::string& commit, const std::string& name) const;
  /// Makes the blob available as the snapshot's file `name`: as a link or, without `symlinks` or if
  /// linking fails, by moving the blob if it is `fresh` (not in use yet), else by copying it.
  void link(const std::string& commit, const std::string& name, const std::string& etag, bool fresh,
            bool symlinks) const;

 private:
  void make_folder(const std::filesystem::path& folder) const;
  void check_inside(const std::filesystem::path& path) const;

  std::filesystem::path cache_;
  std::filesystem::path folder_;
};

}  // namespace saccade
