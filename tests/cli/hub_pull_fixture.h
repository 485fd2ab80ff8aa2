// A local hub with three models, and a cache to pull them into.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/test_hub.h"
#include "weights/checkpoint.h"
#include "weights/hub/hub_pull.h"

namespace saccade::test {

inline const HubName kModel{"acme/tiny", "main"};

struct HubPullFixture : ::testing::Test {
  HubPullFixture() {
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

  std::filesystem::path pull(const HubName& name = kModel) {
    return hub_pull(name, settings, watch);
  }
  std::filesystem::path snapshot(const HubName& name = kModel) {
    return hub_snapshot(name, settings, watch);
  }

  /// Expects that `folder` holds the hub's files of `repo`, and that no incomplete files are left.
  void expect_whole(const std::filesystem::path& folder, const std::string& repo = "acme/tiny") {
    for (const auto& entry :
         std::filesystem::directory_iterator(hub.file(repo, "x").parent_path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(read_file(folder / name), read_file(entry.path())) << name;
    }
    EXPECT_TRUE(left_incomplete().empty());
    EXPECT_NO_THROW(open_checkpoint(folder));
  }

  std::vector<std::filesystem::path> left_incomplete() {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(settings.cache, error)) {
      if (entry.path().extension() == ".incomplete") files.push_back(entry.path());
    }
    return files;
  }

  /// The commit that the hub answers with.
  std::string commit_of(const std::string& repo) {
    return hub_pull({repo, "main"}, settings, PullWatch{}).filename().string();
  }

  void remove_cache() { std::filesystem::remove_all(settings.cache); }

  /// Number of requests so far to "hub" or "store" with a method.
  long count(const std::string& server, const std::string& method) {
    const auto log = hub.log();
    return std::count_if(log.begin(), log.end(), [&](const auto& request) {
      return request["server"] == server && request["method"] == method;
    });
  }

  /// The range of the last request to the store.
  nlohmann::json last_range() {
    nlohmann::json range = "no request";
    for (const auto& request : hub.log()) {
      if (request["server"] == "store") range = request["range"];
    }
    return range;
  }

  uintmax_t weights_size() {
    return std::filesystem::file_size(hub.file("acme/tiny", "model.safetensors"));
  }

  TestHub hub;
  HubSettings settings;
  PullWatch watch;
  std::mutex mutex;
  std::vector<std::string> notes;
};

}  // namespace saccade::test
