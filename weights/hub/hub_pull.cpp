#include "weights/hub/hub_pull.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/files/peft_adapter.h"
#include "weights/files/tensor_file.h"
#include "weights/files/weights_files.h"
#include "weights/hub/cached_snapshot.h"
#include "weights/hub/etag_hash.h"
#include "weights/hub/hub_cache.h"
#include "weights/hub/hub_client.h"
#include "weights/hub/hub_download.h"
#include "weights/hub/url.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxJsonBytes = uint64_t{64} << 20;  // as in read_json_file()

/// The download of one model.
class Pull {
 public:
  Pull(const HubName& name, const HubSettings& settings, const PullWatch& watch)
      : given_(name),
        settings_(settings),
        watch_(watch),
        cache_(settings.cache, name.repo),
        client_(settings, watch_) {}

  fs::path run() {
    const fs::path config = fetch_config();
    std::vector<HubFile> weights = missing_weights();
    if (!is_timm_config(config)) {
      for (const std::string& file : processor_files()) fetch_small(file);
    }
    fetch(weights);
    return cache_.snapshot(at_.revision);
  }

 private:
  // The first answer determines the commit of all other files.
  fs::path fetch_config() {
    at_ = given_;
    if (!is_commit(given_.revision)) {
      const HubAnswer answer = ask(kConfigFile);
      at_.revision = answer.commit;
      if (answer.file && !cache_.file(answer.commit, kConfigFile)) fetch_one(*answer.file);
    }
    const auto config = fetch_small(kConfigFile);
    if (config) return *config;
    refuse_if_adapter();
    throw ModelError(fmt::format(
        "{}: no config.json in this repository; without it the weights cannot be interpreted",
        given_.repo));
  }

  HubAnswer ask(const std::string& file) {
    HubAnswer answer = client_.find(at_, file);
    if (is_commit(at_.revision) && answer.commit != at_.revision) {
      throw ModelError(
          fmt::format("{}: requested commit {}, but {} answered with {}; is "
                      "HF_ENDPOINT a hub?",
                      given_.repo, at_.revision, origin_of(settings_.endpoint), answer.commit));
    }
    if (!answer.file) cache_.note_missing(answer.commit, file);
    cache_.write_ref(given_.revision, answer.commit);
    if (answer.file && !is_hash(answer.file->etag)) identify(*answer.file, answer.commit);
    return answer;
  }

  // The ETag is no hash, as behind some mirrors: takes the hash of the hub's list of files, else a
  // name that no other file has.
  void identify(HubFile& file, const std::string& commit) {
    if (!tree_) tree_ = client_.tree({given_.repo, commit});
    const auto found = tree_->find(file.name);
    if (found == tree_->end()) {
      file.etag = unhashed_blob(commit, file.name);
    } else {
      file.etag = found->second.hash;
      file.size = found->second.size;
    }
  }

  // An adapter alone has no config.json, or no weights of its own.
  void refuse_if_adapter() {
    if (fetch_small(kAdapterConfigFile)) refuse_adapter(cache_.snapshot(at_.revision), given_.repo);
  }

  /// Returns nullopt if the repository has no such file.
  std::optional<HubFile> look_up(const std::string& name) {
    if (cache_.known_missing(at_.revision, name)) return std::nullopt;
    return ask(name).file;
  }

  /// Returns nullopt if the repository has no such file.
  std::optional<fs::path> fetch_small(const std::string& name) {
    if (auto there = cache_.file(at_.revision, name)) return there;
    const std::optional<HubFile> file = look_up(name);
    if (!file) return std::nullopt;
    fetch_one(*file);
    return cache_.file(at_.revision, name);
  }

  void fetch_one(const HubFile& file) {
    download(client_, at_, file, {settings_, cache_, watch_, nullptr, kMaxJsonBytes});
  }

  std::vector<HubFile> missing_weights() {
    for (const WeightsFiles& files : kWeightsFiles) {
      if (cache_.file(at_.revision, files.whole)) return {};
      if (const auto file = look_up(files.whole)) return {*file};
      if (const auto index = fetch_small(files.index)) return missing_shards(*index);
    }
    refuse_if_adapter();
    throw ModelError(
        fmt::format("{}: neither model.safetensors nor pytorch_model.bin in this repository; look "
                    "for a revision that has one",
                    given_.repo));
  }

  std::vector<HubFile> missing_shards(const fs::path& index) {
    constexpr size_t kMaxShards = 1000;
    const auto names = shard_names(index);
    if (names.size() > kMaxShards) {
      throw ModelError(
          fmt::format("{}: {} shards; wanted at most {}", given_.repo, names.size(), kMaxShards));
    }
    std::vector<HubFile> files;
    for (const std::string& name : names) {
      if (cache_.file(at_.revision, name)) continue;
      const auto file = look_up(name);
      if (!file) {
        throw ModelError(fmt::format("{}: shard {} of its index is not in this repository",
                                     given_.repo, quote(name)));
      }
      files.push_back(*file);
    }
    return files;
  }

  // Downloads a few files in parallel; the first failure ends all.
  void fetch(const std::vector<HubFile>& files) {
    constexpr size_t kParallelDownloads = 4;
    PullMeter meter(watch_);
    for (const HubFile& file : files) meter.expect(file.size.value_or(0));
    std::atomic<size_t> next = 0;
    std::atomic<bool> failed = false;
    std::exception_ptr failure;
    std::mutex mutex;
    PullWatch watch = watch_;
    watch.stopped = [&] { return failed || watch_.stopped(); };
    const auto work = [&] {
      try {
        HubClient client(settings_, watch);
        for (size_t i = next++; i < files.size() && !failed; i = next++) {
          download(client, at_, files[i], {settings_, cache_, watch, &meter});
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    };
    std::vector<std::thread> threads;
    try {
      for (size_t i = 1; i < std::min(kParallelDownloads, files.size()); ++i)
        threads.emplace_back(work);
    } catch (const std::system_error&) {  // fewer threads suffice
    }
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
  }

  const HubName& given_;
  const HubSettings& settings_;
  const PullWatch& watch_;
  HubCache cache_;
  HubClient client_;
  HubName at_;                   ///< the commit, once it is known
  std::optional<HubTree> tree_;  ///< of the commit, if it was needed
};

[[noreturn]] void refuse_offline(const HubName& name, const HubSettings& settings) {
  throw ModelError(fmt::format(
      "{}@{}: not completely in the cache {}, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is "
      "set; unset it, or run 'saccade pull {}' with a network connection",
      name.repo, name.revision, settings.cache.string(), name.repo));
}

}  // namespace

fs::path hub_pull(const HubName& name, const HubSettings& settings, const PullWatch& watch) {
  if (settings.offline) refuse_offline(name, settings);
  return Pull(name, settings, watch).run();
}

fs::path hub_snapshot(const HubName& name, const HubSettings& settings, const PullWatch& watch) {
  const HubCache cache(settings.cache, name.repo);
  const std::optional<std::string> commit = cache.commit_of(name.revision);
  const SnapshotState state = commit ? snapshot_state(cache, *commit) : SnapshotState::partial;
  if (state == SnapshotState::complete) return cache.snapshot(*commit);
  const auto without_processor = [&] {
    watch.note(
        fmt::format("{}: preprocessor_config.json is not in the cache; if the model has one, "
                    "results differ: run 'saccade pull {}' with a network connection",
                    name.repo, name.repo));
    return cache.snapshot(*commit);
  };
  if (state != SnapshotState::uncertain) {
    if (settings.offline) refuse_offline(name, settings);
    return hub_pull(name, settings, watch);
  }
  if (settings.offline) return without_processor();
  try {
    // The cached commit, not a newer one: only 'saccade pull' updates a model.
    return hub_pull({name.repo, *commit}, settings, watch);
  } catch (const NetworkError&) {
    return without_processor();
  } catch (const ModelError&) {  // the model was removed or is no longer public
    return without_processor();
  }
}

}  // namespace saccade
