// Tests of hub_pull with wrong or hostile answers of the hub and its store.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>

#include "tests/cli/hub_pull_fixture.h"
#include "tests/support/expect_error.h"
#include "weights/base/digest.h"
#include "weights/hub/http.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

using HubPullServer = HubPullFixture;

TEST_F(HubPullServer, WrongSizes) {
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
  // Without a valid size the hash decides.
  for (const char* size_text : {"null", "'many'", "'-1'"}) {
    remove_cache();
    hub.set_faults(
        fmt::format("[{{'server': 'hub', 'file': 'model.safetensors',"
                    " 'set': {{'X-Linked-Size': {}}}}}]",
                    size_text));
    expect_whole(pull());
  }
}

TEST_F(HubPullServer, HostileHeaders) {
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

// Mirrors may have ETags of their own, one for all files even.
constexpr const char* kPlainEtags = "{'set': {'X-Linked-Etag': null, 'ETag': '\\\"v1\\\"'}}";

TEST_F(HubPullServer, WithoutAHashTheListOfFilesHasIt) {
  hub.set_faults(fmt::format("[{}]", kPlainEtags));
  expect_whole(pull());
  expect_whole(pull({"acme/shards", "main"}), "acme/shards");
  EXPECT_TRUE(notes.empty()) << notes.front();
  const std::string sha256 = sha256_of_files({hub.file("acme/tiny", "model.safetensors")});
  EXPECT_TRUE(fs::exists(settings.cache / "models--acme--tiny/blobs" / sha256));

  remove_cache();
  hub.set_faults(fmt::format("[{{'server': 'store', 'spoil': true}}, {}]", kPlainEtags));
  expect_error<ModelError>([&] { pull(); }, {"another hash", "twice"});
}

TEST_F(HubPullServer, WithoutAnyHashNoFileTakesAnothersPlace) {
  const std::string commit = commit_of("acme/tiny");
  remove_cache();
  const std::string no_list = "{'method': 'GET', 'file': '" + commit + "', 'status': 404}";
  hub.set_faults(fmt::format("[{}, {}]", no_list, kPlainEtags));
  expect_whole(pull());
  ASSERT_EQ(notes.size(), 3u);
  for (const std::string& note : notes) {
    EXPECT_NE(note.find("the hub sends no hash of it; only its size was checked"), note.npos)
        << note;
  }
  expect_whole(pull());
  EXPECT_EQ(notes.size(), 3u);  // nothing was downloaded

  // A list of files that is none.
  for (const char* content : {"[]", "{", "[{}]"}) {
    remove_cache();
    hub.set_faults(fmt::format("[{{'method': 'GET', 'file': '{}', 'content': '{}'}}, {}]", commit,
                               content, kPlainEtags));
    expect_whole(pull());
  }
}

TEST_F(HubPullServer, OneHashIsOfOneSize) {
  const std::string sha256 = sha256_of_files({hub.file("acme/tiny", "model.safetensors")});
  pull();
  fs::remove(settings.cache / "models--acme--tiny/snapshots" / commit_of("acme/tiny") /
             "preprocessor_config.json");
  hub.set_faults(
      fmt::format("[{{'file': 'preprocessor_config.json', 'set':"
                  " {{'X-Linked-Etag': '\\\"{0}\\\"', 'ETag': '\\\"{0}\\\"'}}}}]",
                  sha256));
  expect_error<ModelError>([&] { pull(); }, {"preprocessor_config.json", "same hash"});
}

TEST_F(HubPullServer, AnAdapterIsNamedForWhatItIs) {
  const std::string adapter =
      R"({"base_model_name_or_path": "google/vit-base", "peft_type": "LORA"})";
  hub.folder().write("repos/acme/adapter/adapter_config.json", adapter);
  hub.folder().write("repos/acme/adapter/adapter_model.safetensors", "x");
  const HubName name{"acme/adapter", "main"};
  expect_error<ModelError>([&] { pull(name); }, {"acme/adapter: a PEFT adapter (\"LORA\")",
                                                 "\"google/vit-base\"", "merge_and_unload"});
  hub.folder().write("repos/acme/adapter/config.json", "{}");
  expect_error<ModelError>([&] { pull(name); }, {"PEFT adapter", "\"google/vit-base\""});
}

TEST_F(HubPullServer, BusyOrBrokenServers) {
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

TEST_F(HubPullServer, Refusals) {
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

TEST_F(HubPullServer, SendsTheTokenOnlyToTheHub) {
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

TEST_F(HubPullServer, RefusesRedirectLoopsAndOtherSchemes) {
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

TEST_F(HubPullServer, RefusesIncompleteModels) {
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

TEST_F(HubPullServer, RefusesAHugeConfiguration) {
  hub.set_faults(
      "[{'server': 'hub', 'method': 'HEAD', 'set': {'X-Linked-Size': '67108865',"
      " 'Content-Length': '67108865'}}]");
  expect_error<ModelError>([&] { pull(); }, {"config.json", "67108864"});
}

}  // namespace
}  // namespace saccade::test
