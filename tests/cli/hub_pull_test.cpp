// Tests of hub_pull and hub_snapshot: cache, commits, offline use and links.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/cli/hub_pull_fixture.h"
#include "tests/support/expect_error.h"
#include "weights/hub/http.h"
#include "weights/hub/hub_cache.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

using HubPull = HubPullFixture;

TEST_F(HubPull, WholeModels) {
  expect_whole(pull());
  expect_whole(pull({"acme/shards", "main"}), "acme/shards");
  expect_whole(pull({"timm-like", "v1.0"}), "timm-like");
  EXPECT_TRUE(notes.empty());
  for (const auto& request : hub.log()) EXPECT_TRUE(request["authorization"].is_null());
}

TEST_F(HubPull, AsksOnceForMissingFiles) {
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

// huggingface_hub does not record files that a model lacks.
TEST_F(HubPull, CompletesDownloadsOfOtherPrograms) {
  fs::remove(hub.file("acme/tiny", "preprocessor_config.json"));
  const fs::path folder = pull();
  fs::remove_all(folder.parent_path().parent_path() / ".no_exist");
  hub.forget_log();
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(hub.log().size(), 2u);  // preprocessor_config.json and processor_config.json
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(hub.log().size(), 2u);
  EXPECT_TRUE(notes.empty());

  // snapshot() does not fetch a newer commit; this hub no longer has the older one.
  fs::remove_all(folder.parent_path().parent_path() / ".no_exist");
  hub.folder().write("repos/acme/tiny/README.md", "another commit");
  EXPECT_EQ(snapshot(), folder);
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(HubPull, TwoPullsDownloadOnce) {
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

TEST_F(HubPull, ServerIsDown) {
  fs::remove(hub.file("acme/tiny", "preprocessor_config.json"));
  const fs::path folder = pull();
  hub.stop();
  expect_error<NetworkError>([&] { pull(); }, {"127.0.0.1"});
  EXPECT_EQ(snapshot(), folder);
  expect_error<NetworkError>([&] { snapshot({"acme/other", "main"}); }, {"127.0.0.1"});
  EXPECT_TRUE(notes.empty());
  // After another program's download it is unknown whether optional files exist.
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

TEST_F(HubPull, RefusesLinksOutOfTheCache) {
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

TEST_F(HubPull, ProgressReachesTheTotal) {
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
