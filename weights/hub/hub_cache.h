// One model in the hub's cache on this machine, laid out as huggingface_hub 2.4 does it
// (file_download.py): models--org--name/{refs, blobs, snapshots, .no_exist}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace saccade {

/// "org/name" -> "models--org--name".
std::string repo_folder_name(const std::string& repo);

/// A name that came with an answer and will be one of a file: letters, digits, '.', '_', '-', and
/// no dot in front.
bool is_plain_etag(std::string_view etag);

/// Nothing is followed out of the cache: what lies in it must resolve into the model's own folder,
/// or into the store <cache>/blobs that huggingface_hub's models share.
class HubCache {
 public:
  HubCache(const std::filesystem::path& cache, const std::string& repo);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path snapshot(const std::string& commit) const;
  std::filesystem::path blob(const std::string& etag) const { return folder_ / "blobs" / etag; }
  std::filesystem::path lock(const std::string& etag) const;

  /// The commit that `revision` meant when it was last asked for; nullopt where that is not known
  /// or the note of it is damaged.
  std::optional<std::string> commit_of(const std::string& revision) const;
  /// The file `name` of a snapshot; nullopt where it is not there (a link to nothing is not).
  /// Throws ModelError where it leads out of the cache.
  std::optional<std::filesystem::path> file(const std::string& commit,
                                            const std::string& name) const;
  bool has_blob(const std::string& etag) const;
  /// Whether the hub once said that the snapshot has no such file.
  bool known_missing(const std::string& commit, const std::string& name) const;

  /// The following make the folders they need, and throw SystemError where the system refuses and
  /// ModelError where a folder leads out of the cache.
  void make_folders(const std::string& commit) const;
  void write_ref(const std::string& revision, const std::string& commit) const;
  void note_missing(const std::string& commit, const std::string& name) const;
  /// Makes the snapshot's file `name` of the blob: a link or, where there can be none, the blob
  /// itself if `fresh` (nobody else uses it yet), else a copy.
  void link(const std::string& commit, const std::string& name, const std::string& etag, bool fresh,
            bool symlinks) const;

 private:
  void make_folder(const std::filesystem::path& folder) const;
  void check_inside(const std::filesystem::path& path) const;

  std::filesystem::path cache_;
  std::filesystem::path folder_;
};

}  // namespace saccade
