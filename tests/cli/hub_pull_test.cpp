// Downloads from a hub that does everything wrong that a hub, its store or the network can do.
#include "weights/hub/hub_pull.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/test_hub.h"
#include "weights/checkpoint.h"
#include "weights/hub/http.h"
#include "weights/hub/hub_cache.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

const HubName kModel{"acme/tiny", "main"};

struct HubPull : ::testing::Test {
  HubPull() {
    hub.add_golden("acme/tiny", "vit_hf");
    hub.add_golden("acme/shards", "vit_hf_sharded");
    hub.add_golden("timm-like", "vit_timm");
    settings.endpoint = hub.endpoint();
    settings.cache = hub.folder().path() / "cache";
    settings.first_wait = std::chrono::milliseconds(1);
    settings.answer_timeout = settings.download_timeout = std::chrono::seconds(10);
    watch.note = [this](const std::string& text) {
      const std::lock_guard lock(mutex);
      notes.push_back(text);
    };
  }

  fs::path pull(const HubName& name = kModel) { return hub_pull(name, settings, watch); }
  fs::path snapshot(const HubName& name = kModel) { return hub_snapshot(name, settings, watch); }

  /// That `folder` holds what the hub has of `repo`, and that nothing incomplete is left.
  void expect_whole(const fs::path& folder, const std::string& repo = "acme/tiny") {
    for (const auto& entry : fs::directory_iterator(hub.file(repo, "x").parent_path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(read_file(folder / name), read_file(entry.path())) << name;
    }
    EXPECT_TRUE(left_incomplete().empty());
    EXPECT_NO_THROW(open_checkpoint(folder));
  }

  std::vector<fs::path> left_incomplete() {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(settings.cache, error)) {
      if (entry.path().extension() == ".incomplete") files.push_back(entry.path());
    }
    return files;
  }

  void remove_cache() { fs::remove_all(settings.cache); }

  /// Requests so far to "hub" or "store", by method.
  long count(const std::string& server, const std::string& method) {
    const auto log = hub.log();
    return std::count_if(log.begin(), log.end(), [&](const auto& request) {
      return request["server"] == server && request["method"] == method;
    });
  }

  /// The last request to the store.
  nlohmann::json last_range() {
    nlohmann::json range = "no request";
    for (const auto& request : hub.log()) {
      if (request["server"] == "store") range = request["range"];
    }
    return range;
  }

  uintmax_t weights_size() { return fs::file_size(hub.file("acme/tiny", "model.safetensors")); }

  TestHub hub;
  HubSettings settings;
  PullWatch watch;
  std::mutex mutex;
  std::vector<std::string> notes;
};

TEST_F(HubPull, WholeModels) {
  expect_whole(pull());
  expect_whole(pull({"acme/shards", "main"}), "acme/shards");
  expect_whole(pull({"timm-like", "v1.0"}), "timm-like");
  EXPECT_TRUE(notes.empty());
  for (const auto& request : hub.log()) EXPECT_TRUE(request["authorization"].is_null());
}

TEST_F(HubPull, AsksOnceForWhatIsMissing) {
  const fs::path folder = pull();
  const HubCache cache(settings.cache, "acme/tiny");
  EXPECT_TRUE(cache.known_missing(folder.filename(), "processor_config.json"));
  hub.forget_log();
  EXPECT_EQ(pull(), folder);
  EXPECT_EQ(hub.log().size(), 2u);  // one question for config.json, which the hub redirects
  hub.forget_log();
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(pull({"acme/tiny", folder.filename()}), folder);
  EXPECT_TRUE(hub.log().empty());
}

TEST_F(HubPull, FollowsABranchToItsNewCommit) {
  const fs::path before = pull();
  hub.folder().write("repos/acme/tiny/README.md", "another commit");
  EXPECT_EQ(snapshot(), before);
  const fs::path after = pull();
  EXPECT_NE(after, before);
  EXPECT_EQ(snapshot(), after);
  EXPECT_EQ(fs::canonical(before / "config.json"), fs::canonical(after / "config.json"));
}

// Python leaves no note of files that a model has not.
TEST_F(HubPull, CompletesWhatAnotherProgramFetched) {
  fs::remove(hub.file("acme/tiny", "preprocessor_config.json"));
  const fs::path folder = pull();
  fs::remove_all(folder.parent_path().parent_path() / ".no_exist");
  hub.forget_log();
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(hub.log().size(), 2u);  // preprocessor_config.json and processor_config.json
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(hub.log().size(), 2u);
  EXPECT_TRUE(notes.empty());

  // A newer commit is not fetched unasked; this hub has forgotten the older one.
  fs::remove_all(folder.parent_path().parent_path() / ".no_exist");
  hub.folder().write("repos/acme/tiny/README.md", "another commit");
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(HubPull, CutAnywhereItGoesOn) {
  const uintmax_t size = weights_size();
  for (const uintmax_t at : {uintmax_t{0}, uintmax_t{1}, size / 2, size - 1}) {
    remove_cache();
    hub.set_faults(fmt::format("[{{'server': 'store', 'cut': {}, 'times': 1}}]", at));
    expect_whole(pull());
    EXPECT_EQ(last_range(),
              at == 0 ? nlohmann::json() : nlohmann::json(fmt::format("bytes={}-", at)));
  }
  EXPECT_EQ(notes.size(), 4u);
}

TEST_F(HubPull, CutAgainAndAgainItGetsThere) {
  hub.set_faults(fmt::format("[{{'server': 'store', 'cut': {}}}]", weights_size() / 8));
  expect_whole(pull());
  remove_cache();
  hub.set_faults("[{'server': 'store', 'cut': 0}]");
  hub.forget_log();
  expect_error<NetworkError>([&] { pull(); }, {"model.safetensors", "kept"});
  EXPECT_EQ(count("store", "GET"), 5);
}

// Two faults each: the first request for a small file is redirected within the hub.
TEST_F(HubPull, SmallFilesAreCutToo) {
  hub.set_faults(
      "[{'server': 'hub', 'method': 'GET', 'file': 'config.json', 'cut': 7, 'times': 2}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(HubPull, InterruptedItGoesOnNextTime) {
  const uintmax_t half = weights_size() / 2;
  hub.set_faults(fmt::format("[{{'server': 'store', 'cut': {}, 'times': 1}}]", half));
  std::atomic<bool> stop = false;
  watch.stopped = [&] { return stop.load(); };
  watch.note = [&](const std::string&) { stop = true; };
  expect_error<Interrupted>([&] { pull(); }, {});
  ASSERT_EQ(left_incomplete().size(), 1u);
  EXPECT_EQ(fs::file_size(left_incomplete().front()), half);
  stop = false;
  hub.forget_log();
  expect_whole(pull());
  EXPECT_EQ(last_range(), fmt::format("bytes={}-", half));
}

TEST_F(HubPull, StopsWhileTheServerIsSilent) {
  hub.set_faults("[{'server': 'store', 'silence': 60}]");
  std::atomic<bool> stop = false;
  watch.stopped = [&] { return stop.load(); };
  watch.progress = [&](uint64_t, uint64_t) { stop = true; };
  expect_error<Interrupted>([&] { pull(); }, {});
}

TEST_F(HubPull, RangesThatAreIgnored) {
  hub.set_faults(
      fmt::format("[{{'server': 'store', 'cut': {}, 'times': 1}},"
                  "{{'server': 'store', 'ignore_range': true}}]",
                  weights_size() / 2));
  expect_whole(pull());
}

TEST_F(HubPull, WrongBytesAreFetchedOnceMore) {
  hub.set_faults(
      "[{'server': 'store', 'spoil': true, 'times': 1},"
      "{'server': 'hub', 'method': 'GET', 'file': 'config.json', 'spoil': true,"
      " 'times': 2}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_NE(notes[0].find("hash"), std::string::npos) << notes[0];
}

TEST_F(HubPull, WrongBytesTwiceAreThrownAway) {
  hub.set_faults("[{'server': 'store', 'spoil': true}]");
  expect_error<ModelError>([&] { pull(); }, {"model.safetensors", "another hash", "thrown away"});
  EXPECT_EQ(count("store", "GET"), 2);
  EXPECT_TRUE(left_incomplete().empty());
  const fs::path folder = HubCache(settings.cache, "acme/tiny").folder();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    EXPECT_NE(entry.path().filename(), "model.safetensors");
    EXPECT_NE(entry.path().filename().string().size(), 64u) << entry.path();
  }
  hub.set_faults("[{'server': 'hub', 'method': 'GET', 'content': '{}'}]");
  remove_cache();
  expect_error<ModelError>([&] { pull(); }, {"config.json", "not as many"});
}

TEST_F(HubPull, WhatAnEarlierTryLeftIsNotTrusted) {
  const std::string etag = fs::canonical(pull() / "model.safetensors").filename();
  const uintmax_t size = weights_size();
  for (const uintmax_t left : {uintmax_t{1}, size - 1, size, size + 1}) {
    remove_cache();
    const HubCache cache(settings.cache, "acme/tiny");
    hub.folder().write("cache/models--acme--tiny/blobs/" + etag + ".incomplete",
                       std::string(left, 'x'));
    expect_whole(pull());
    EXPECT_EQ(last_range(), nlohmann::json()) << left;
  }
}

TEST_F(HubPull, WrongSizes) {
  const uintmax_t size = weights_size();
  for (const auto& [claimed, fact] : {std::pair{size + 10, "not as many"},
                                      {size - 10, "not as many"},
                                      {uintmax_t{0}, "another hash"},
                                      {uintmax_t{1} << 60, "room"}}) {
    remove_cache();
    hub.set_faults(
        fmt::format("[{{'server': 'hub', 'file': 'model.safetensors',"
                    " 'set': {{'X-Linked-Size': '{}'}}}}]",
                    claimed));
    try {
      pull();
      ADD_FAILURE() << "no error for " << claimed;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(fact), std::string::npos) << error.what();
    }
  }
  // None, or none that is a number: the hash decides.
  for (const char* size_text : {"null", "'many'", "'-1'"}) {
    remove_cache();
    hub.set_faults(
        fmt::format("[{{'server': 'hub', 'file': 'model.safetensors',"
                    " 'set': {{'X-Linked-Size': {}}}}}]",
                    size_text));
    expect_whole(pull());
  }
}

TEST_F(HubPull, HostileHeaders) {
  for (const char* etag : {"'\\\"../../x\\\"'", "'/etc/passwd'", "'.'", "''"}) {
    hub.set_faults(
        fmt::format("[{{'file': 'model.safetensors', 'set':"
                    " {{'X-Linked-Etag': {}}}}}]",
                    etag));
    expect_error<ModelError>([&] { pull(); }, {"ETag"});
  }
  remove_cache();
  for (const char* commit : {"'../../x'", "null", "''"}) {
    hub.set_faults(fmt::format("[{{'set': {{'X-Repo-Commit': {}}}}}]", commit));
    expect_error<ModelError>([&] { pull(); }, {"HF_ENDPOINT"});
  }
  hub.set_faults(fmt::format("[{{'set': {{'X-Long': '{}'}}}}]", std::string(60000, 'x')));
  expect_whole(pull());
  remove_cache();
  hub.set_faults(
      fmt::format("[{{'set': {{'X-Long': '{0}', 'X-Longer': '{0}'}}}}]", std::string(60000, 'x')));
  expect_error<SystemError>([&] { pull(); }, {"headers"});
}

TEST_F(HubPull, BusyOrBrokenServers) {
  hub.set_faults(
      "[{'method': 'HEAD', 'status': 429, 'headers': {'Retry-After': '0'}, 'times': 3},"
      "{'server': 'store', 'status': 503, 'times': 4}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 7u);

  remove_cache();
  hub.set_faults("[{'status': 500}]");
  hub.forget_log();
  expect_error<NetworkError>([&] { pull(); }, {"500", "try later"});
  EXPECT_EQ(hub.log().size(), 5u);

  hub.set_faults("[{'status': 429, 'headers': {'Retry-After': '100000'}}]");
  hub.forget_log();
  expect_error<NetworkError>([&] { pull(); }, {"429"});
  EXPECT_EQ(hub.log().size(), 1u);
}

TEST_F(HubPull, SilenceIsATimeout) {
  settings.answer_timeout = settings.download_timeout = std::chrono::seconds(1);
  hub.set_faults(
      "[{'method': 'HEAD', 'silence': 5, 'times': 1},"
      "{'server': 'store', 'drip': 8, 'times': 1}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_EQ(last_range(), "bytes=1-");
}

TEST_F(HubPull, Refusals) {
  const auto refused = [&](const std::string& status, const std::string& code,
                           std::initializer_list<std::string> facts) {
    hub.set_faults(fmt::format("[{{'status': {}, 'headers': {{{}}}}}]", status, code));
    expect_error<ModelError>([&] { pull(); }, facts);
  };
  const std::string gated = "'X-Error-Code': 'GatedRepo'";
  const std::string tokens = hub.endpoint() + "/settings/tokens";
  refused("401", gated, {"gated", "accept its terms at " + hub.endpoint() + "/acme/tiny", tokens});
  refused("401", "'X-Error-Code': 'RepoNotFound'",
          {"acme/tiny", "no such model", "HF_TOKEN", tokens});
  refused("404", "'X-Error-Code': 'RevisionNotFound'", {"branch"});
  refused("404", "", {"no such model"});
  refused("403", "'X-Error-Message': 'Not for you'", {"403", "Not for you", tokens});
  refused("403", "'X-Error-Message': 'Access to this resource is disabled.'", {"disabled"});
  refused("418", "", {"418"});
  settings.token = "hf_secret";
  refused("403", gated, {"gated", "your token", "terms"});
  refused("401", "'X-Error-Message': 'Invalid credentials in Authorization header'",
          {"does not recognise your token", tokens});
  hub.set_faults("[]");
  expect_error<ModelError>([&] { pull({"acme/none", "main"}); }, {"acme/none", "no such model"});
  expect_error<ModelError>([&] { pull({"acme/tiny", "v9"}); }, {"acme/tiny@v9", "branch"});
  EXPECT_FALSE(fs::exists(settings.cache));
}

TEST_F(HubPull, TokenGoesToTheHubAlone) {
  settings.token = "hf_secret";
  expect_whole(pull());
  expect_whole(pull({"acme/shards", "main"}), "acme/shards");
  for (const auto& request : hub.log()) {
    if (request["server"] == "hub") {
      EXPECT_EQ(request["authorization"], "Bearer hf_secret");
    } else {
      EXPECT_TRUE(request["authorization"].is_null());
    }
  }
  remove_cache();
  hub.forget_log();
  hub.set_faults("[{'server': 'hub', 'redirect': '{store}/acme/tiny/config.json'}]");
  expect_error<ModelError>([&] { pull(); }, {"HF_ENDPOINT"});
  hub.set_faults(
      "[{'server': 'hub', 'method': 'GET', 'redirect': '{store}/acme/tiny/config.json'}]");
  EXPECT_THROW(pull(), Error);  // config.json in place of the weights
  EXPECT_GT(count("store", "GET"), 0);
  for (const auto& request : hub.log()) {
    if (request["server"] == "store") {
      EXPECT_TRUE(request["authorization"].is_null());
    }
  }
}

TEST_F(HubPull, RedirectsInCirclesOrElsewhere) {
  for (const char* method : {"HEAD", "GET"}) {
    remove_cache();
    hub.set_faults(fmt::format("[{{'server': 'hub', 'method': '{}', 'redirect': '/x'}}]", method));
    expect_error<SystemError>([&] { pull(); }, {"more than 20 redirects"});
    for (const char* target : {"file:///etc/passwd", "gopher://x/", "http://"}) {
      hub.set_faults(
          fmt::format("[{{'server': 'hub', 'method': '{}', 'redirect': '{}'}}]", method, target));
      expect_error<SystemError>([&] { pull(); }, {"not followed"});
    }
  }
}

TEST_F(HubPull, ModelsThatCannotBeHad) {
  fs::remove(hub.file("acme/tiny", "model.safetensors"));
  expect_error<ModelError>([&] { pull(); },
                           {"acme/tiny", "neither model.safetensors nor pytorch_model.bin"});
  hub.folder().write("repos/acme/tiny/pytorch_model.bin", "x");
  EXPECT_TRUE(fs::exists(pull() / "pytorch_model.bin"));
  remove_cache();
  fs::remove(hub.file("acme/tiny", "config.json"));
  expect_error<ModelError>([&] { pull(); }, {"acme/tiny", "no config.json"});
  fs::remove(hub.file("acme/shards", "model-00002-of-00002.safetensors"));
  expect_error<ModelError>([&] { pull({"acme/shards", "main"}); }, {"model-00002"});
  hub.folder().write("repos/acme/shards/model.safetensors.index.json",
                     R"({"weight_map": {"a": "../../../../x"}})");
  expect_error<ModelError>([&] { pull({"acme/shards", "main"}); }, {"../../../../x"});
  hub.folder().write("repos/acme/shards/model.safetensors.index.json", "[");
  expect_error<ModelError>([&] { pull({"acme/shards", "main"}); }, {"index.json"});
}

TEST_F(HubPull, HugeConfigurationIsNotFetched) {
  hub.set_faults(
      "[{'server': 'hub', 'method': 'HEAD', 'set': {'X-Linked-Size': '67108865',"
      " 'Content-Length': '67108865'}}]");
  expect_error<ModelError>([&] { pull(); }, {"config.json", "67108864"});
}

TEST_F(HubPull, TwoAtOnceFetchItOnce) {
  std::thread other([&] { EXPECT_NO_THROW(pull({"acme/shards", "main"})); });
  EXPECT_NO_THROW(pull({"acme/shards", "main"}));
  other.join();
  expect_whole(snapshot({"acme/shards", "main"}), "acme/shards");
  EXPECT_EQ(count("store", "GET"), 2);
}

TEST_F(HubPull, WithoutLinks) {
  settings.symlinks = false;
  const fs::path folder = pull();
  expect_whole(folder);
  for (const auto& entry : fs::directory_iterator(folder)) EXPECT_FALSE(entry.is_symlink());
  EXPECT_EQ(snapshot(), folder);
  EXPECT_TRUE(fs::is_empty(folder.parent_path().parent_path() / "blobs"));
}

TEST_F(HubPull, FullDisk) {
  {
    const FileSizeLimit limit(20'000);
    expect_error<SystemError>([&] { pull(); },
                              {".incomplete", "make room", "HF_HUB_CACHE", "kept"});
  }
  EXPECT_EQ(left_incomplete().size(), 1u);
  expect_whole(pull());
}

TEST_F(HubPull, NobodyThere) {
  fs::remove(hub.file("acme/tiny", "preprocessor_config.json"));
  const fs::path folder = pull();
  hub.stop();
  expect_error<NetworkError>([&] { pull(); }, {"127.0.0.1"});
  EXPECT_EQ(snapshot(), folder);
  expect_error<NetworkError>([&] { snapshot({"acme/other", "main"}); }, {"127.0.0.1"});
  EXPECT_TRUE(notes.empty());
  // What another program downloaded may lack a file of which nobody knows whether there is one.
  fs::remove_all(folder.parent_path().parent_path() / ".no_exist");
  EXPECT_EQ(snapshot(), folder);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("saccade pull acme/tiny"), std::string::npos) << notes[0];
}

TEST_F(HubPull, Offline) {
  const fs::path folder = pull();
  hub.forget_log();
  settings.offline = true;
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(snapshot({"acme/tiny", folder.filename()}), folder);
  for (const HubName& name : {HubName{"acme/shards", "main"}, HubName{"acme/tiny", "v1.0"}}) {
    expect_error<ModelError>([&] { snapshot(name); }, {name.repo, "HF_HUB_OFFLINE", "pull"});
  }
  fs::remove(folder / "model.safetensors");
  expect_error<ModelError>([&] { snapshot(); }, {"HF_HUB_OFFLINE"});
  expect_error<ModelError>([&] { pull(); }, {"HF_HUB_OFFLINE"});
  EXPECT_TRUE(hub.log().empty());
}

TEST_F(HubPull, NothingIsFollowedOutOfTheCache) {
  const fs::path folder = pull();
  const fs::path secret = hub.folder().write("secret", "secret");
  fs::remove(folder / "preprocessor_config.json");
  fs::create_symlink(secret, folder / "preprocessor_config.json");
  expect_error<ModelError>([&] { snapshot(); }, {"preprocessor_config.json", "out of the cache"});
  expect_error<ModelError>([&] { pull(); }, {"preprocessor_config.json", "out of the cache"});
  const fs::path shards = pull({"acme/shards", "main"});
  fs::remove(shards / "model-00001-of-00002.safetensors");
  fs::create_symlink(secret, shards / "model-00001-of-00002.safetensors");
  expect_error<ModelError>([&] { snapshot({"acme/shards", "main"}); }, {"model-00001"});
}

TEST_F(HubPull, ProgressComesToItsEnd) {
  uint64_t first = 1, last = 0, total = 0;
  watch.progress = [&](uint64_t done, uint64_t of) {
    if (total == 0) first = done;
    last = done;
    total = of;
  };
  pull({"acme/shards", "main"});
  EXPECT_EQ(first, 0u);
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, fs::file_size(hub.file("acme/shards", "model-00001-of-00002.safetensors")) +
                       fs::file_size(hub.file("acme/shards", "model-00002-of-00002.safetensors")));
}

}  // namespace
}  // namespace saccade::test
