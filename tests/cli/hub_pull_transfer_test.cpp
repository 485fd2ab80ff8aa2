// Tests of hub_pull with faulty transfers: cuts, wrong bytes, timeouts and a full disk.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/cli/hub_pull_fixture.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_size_limit.h"
#include "weights/hub/http.h"
#include "weights/hub/hub_cache.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

using HubPullTransfer = HubPullFixture;

TEST_F(HubPullTransfer, ResumesAfterACutAtAnyByte) {
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

TEST_F(HubPullTransfer, ResumesAfterRepeatedCuts) {
  hub.set_faults(fmt::format("[{{'server': 'store', 'cut': {}}}]", weights_size() / 8));
  expect_whole(pull());
  remove_cache();
  hub.set_faults("[{'server': 'store', 'cut': 0}]");
  hub.forget_log();
  expect_error<NetworkError>([&] { pull(); }, {"model.safetensors", "kept"});
  EXPECT_EQ(count("store", "GET"), 5);
}

// The fault strikes twice because the first request for a small file is redirected within the hub.
TEST_F(HubPullTransfer, RetriesSmallFiles) {
  hub.set_faults(
      "[{'server': 'hub', 'method': 'GET', 'file': 'config.json', 'cut': 7, 'times': 2}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(HubPullTransfer, ContinuesAnInterruptedDownload) {
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

TEST_F(HubPullTransfer, StopsWhileTheServerIsSilent) {
  hub.set_faults("[{'server': 'store', 'silence': 60}]");
  std::atomic<bool> stop = false;
  watch.stopped = [&] { return stop.load(); };
  watch.progress = [&](uint64_t, uint64_t) { stop = true; };
  expect_error<Interrupted>([&] { pull(); }, {});
}

TEST_F(HubPullTransfer, HandlesIgnoredRanges) {
  hub.set_faults(
      fmt::format("[{{'server': 'store', 'cut': {}, 'times': 1}},"
                  "{{'server': 'store', 'ignore_range': true}}]",
                  weights_size() / 2));
  expect_whole(pull());
}

TEST_F(HubPullTransfer, FetchesWrongBytesAgain) {
  hub.set_faults(
      "[{'server': 'store', 'spoil': true, 'times': 1},"
      "{'server': 'hub', 'method': 'GET', 'file': 'config.json', 'spoil': true,"
      " 'times': 2}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_NE(notes[0].find("hash"), std::string::npos) << notes[0];
}

TEST_F(HubPullTransfer, DiscardsWrongBytesAfterTwoTries) {
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

TEST_F(HubPullTransfer, DoesNotTrustIncompleteFiles) {
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

TEST_F(HubPullTransfer, SilenceIsATimeout) {
  settings.answer_timeout = settings.download_timeout = std::chrono::seconds(1);
  hub.set_faults(
      "[{'method': 'HEAD', 'silence': 5, 'times': 1},"
      "{'server': 'store', 'drip': 8, 'times': 1}]");
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_EQ(last_range(), "bytes=1-");
}

TEST_F(HubPullTransfer, FullDisk) {
  {
    const FileSizeLimit limit(20'000);
    expect_error<SystemError>([&] { pull(); },
                              {".incomplete", "make room", "HF_HUB_CACHE", "kept"});
  }
  EXPECT_EQ(left_incomplete().size(), 1u);
  expect_whole(pull());
}

}  // namespace
}  // namespace saccade::test
