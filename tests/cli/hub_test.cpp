// Tests of hub models: -m NAME, pull and models.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/test_hub.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kMoment = std::chrono::milliseconds(20);

struct HubCommands : ::testing::Test {
  HubCommands() {
    hub.add_files("acme/tiny", source_path("weights/builtin-model"));
    hub.add_golden("acme/shards", "vit_hf_sharded");
    hub.add_golden("acme/headless", "vit_hf");
    fs::remove(hub.file("acme/headless", "model.safetensors"));
  }

  ProcessResult run(std::vector<std::string> arguments,
                    std::vector<std::pair<std::string, std::string>> more = {}) {
    ProcessOptions options;
    options.folder = hub.folder().path();
    options.variables = {
        {"HF_ENDPOINT", hub.endpoint()}, {"HF_HOME", home().string()}, {"HF_HUB_OFFLINE", "0"}};
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH",
                             "HUGGING_FACE_HUB_TOKEN", "HF_HUB_DISABLE_PROGRESS_BARS"}) {
      options.variables.emplace_back(name, "");
    }
    options.variables.insert(options.variables.end(), more.begin(), more.end());
    return run_saccade(std::move(arguments), options);
  }

  nlohmann::json listed() { return nlohmann::json::parse(run({"models", "--format", "json"}).out); }

  fs::path home() const { return hub.folder().path() / "home"; }

  TestHub hub;
};

// A proxy receives absolute URLs, which the test server accepts too.
TEST_F(HubCommands, ThroughAProxy) {
  const ProcessResult pulled = run({"pull", "acme/tiny"}, {{"HF_ENDPOINT", "http://hub.invalid"},
                                                           {"http_proxy", hub.endpoint()}});
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_EQ(run({"classify", "-m", "acme/tiny", sample("cat.png")}).exit_code, 0);
  EXPECT_FALSE(hub.log().empty());
}

TEST_F(HubCommands, ModelByName) {
  const auto classify = [&](const std::string& model) {
    return run({"classify", "-m", model, sample("cat.png"), "--format", "jsonl"});
  };
  const ProcessResult first = classify("acme/tiny");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(lines(first.err).size(), 2u) << first.err;
  EXPECT_NE(first.err.find("acme/tiny: downloading 8.15 MB"), std::string::npos) << first.err;
  const auto answer = nlohmann::json::parse(first.out);
  EXPECT_EQ(answer["model"], "acme/tiny");
  const auto local = classify(source_path("weights/builtin-model").string());
  EXPECT_EQ(answer["predictions"], nlohmann::json::parse(local.out)["predictions"]);

  hub.stop();
  const ProcessResult again = classify("acme/tiny");
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(again.err, "");
  EXPECT_EQ(run({"inspect", "acme/tiny"}).exit_code, 0);
  EXPECT_EQ(run({"attend", "-m", "acme/tiny", "-o", "maps", sample("cat.png")}).exit_code, 0);
  EXPECT_EQ(run({"batch", "-m", "acme/tiny", "-o", "out", sample("cat.png")}).exit_code, 0);
  const auto record = nlohmann::json::parse(read_file(hub.folder().path() / "out/run.json"));
  EXPECT_NE(record.dump().find("\"acme/tiny\""), std::string::npos);
}

TEST_F(HubCommands, LocalFolderWins) {
  fs::create_directories(hub.folder().path() / "acme");
  fs::copy(hub.file("acme/tiny", "x").parent_path(), hub.folder().path() / "acme/tiny");
  EXPECT_EQ(run({"inspect", "acme/tiny"}).exit_code, 0);
  EXPECT_TRUE(hub.log().empty());
  EXPECT_FALSE(fs::exists(home()));
}

TEST_F(HubCommands, RefusesInvalidNames) {
  for (const char* model : {"a/b/c", "../no-such-model", "/none", "a--b", "acme/tiny@"}) {
    const ProcessResult result = run({"inspect", model});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("no such model"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("org/name"), std::string::npos) << result.err;
    EXPECT_EQ(run({"pull", model}).exit_code, 2);
  }
  EXPECT_EQ(run({"pull"}).exit_code, 2);
  EXPECT_TRUE(hub.log().empty());
  const ProcessResult unknown = run({"inspect", "acme/none"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_EQ(lines(unknown.err).size(), 1u);
  EXPECT_NE(unknown.err.find("no file or folder acme/none here"), std::string::npos) << unknown.err;
}

TEST_F(HubCommands, PullPrintsFolders) {
  const ProcessResult result = run({"pull", "acme/tiny", "acme/shards@v1.0"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(lines(result.out).size(), 2u);
  EXPECT_EQ(lines(result.err).size(), 4u) << result.err;
  for (const std::string& folder : lines(result.out)) {
    EXPECT_TRUE(fs::exists(fs::path(folder) / "config.json")) << folder;
    EXPECT_EQ(fs::path(folder).parent_path().filename(), "snapshots");
  }
  const ProcessResult again = run({"pull", "acme/tiny"});
  EXPECT_EQ(lines(again.out).front(), lines(result.out).front());
  EXPECT_EQ(again.err, "");
  fs::remove_all(home());
  EXPECT_EQ(run({"pull", "-q", "acme/tiny"}).err, "");
  fs::remove_all(home());
  EXPECT_EQ(run({"pull", "acme/tiny"}, {{"HF_HUB_DISABLE_PROGRESS_BARS", "1"}}).err, "");
}

TEST_F(HubCommands, PullFailsWithOneLine) {
  for (const char* model : {"acme/none", "acme/tiny@v9", "acme/headless"}) {
    const ProcessResult result = run({"pull", model});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  }
  EXPECT_EQ(run({"pull", "acme/tiny"}, {{"HF_HUB_OFFLINE", "1"}}).exit_code, 1);
  EXPECT_EQ(run({"pull", "acme/tiny"}, {{"HF_HUB_ETAG_TIMEOUT", "soon"}}).exit_code, 2);
  hub.stop();
  const ProcessResult alone = run({"pull", "acme/tiny"});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_EQ(lines(alone.err).size(), 1u) << alone.err;
}

TEST_F(HubCommands, CtrlCKeepsTheDownloadedPart) {
  hub.set_faults(
      "[{'server': 'store', 'cut': 1000000, 'times': 1}, {'server': 'store', 'silence': 60}]");
  const auto requests_to_store = [&] {
    const auto log = hub.log();
    return std::count_if(log.begin(), log.end(),
                         [](const auto& request) { return request["server"] == "store"; });
  };
  const fs::path pid_file = hub.folder().path() / "pid";
  ProcessOptions options;
  options.variables = {
      {"HF_ENDPOINT", hub.endpoint()}, {"HF_HOME", home().string()}, {"HF_HUB_OFFLINE", "0"}};
  long before = 1;  // the first one is cut
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    std::thread killer([&, signal = signal] {
      while (requests_to_store() <= before) std::this_thread::sleep_for(kMoment);
      ::kill(std::stoi(read_file(pid_file)), signal);
    });
    const ProcessResult result =
        run_process({"/bin/sh", "-c", "echo $$ > \"$0\"; exec \"$@\"", pid_file.string(),
                     SACCADE_PROGRAM, "classify", "-m", "acme/tiny", sample("cat.png")},
                    options);
    killer.join();
    EXPECT_EQ(result.exit_code, code);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("interrupted"), std::string::npos) << result.err;
    before = requests_to_store();
  }
  hub.set_faults("[]");
  hub.forget_log();
  EXPECT_EQ(run({"pull", "acme/tiny"}).exit_code, 0);
  bool resumed = false;
  for (const auto& request : hub.log()) resumed = resumed || request["range"] == "bytes=1000000-";
  EXPECT_TRUE(resumed);
}

TEST_F(HubCommands, ModelsAreListed) {
  EXPECT_EQ(run({"models"}).out, "");
  EXPECT_TRUE(listed().empty());
  ASSERT_EQ(run({"pull", "-q", "acme/tiny", "acme/tiny@v1.0", "acme/shards"}).exit_code, 0);
  ASSERT_EQ(run({"pull", "-q", "acme/headless"}).exit_code, 1);
  fs::create_directories(home() / "hub/models--gpt2/blobs");
  hub.folder().write("home/hub/models--gpt2/blobs/0.incomplete", "xx");
  fs::create_directories(home() / "hub/datasets--x--y/snapshots");

  const auto models = listed();
  ASSERT_EQ(models.size(), 4u) << models;
  EXPECT_EQ(models[0]["name"], "acme/headless");
  EXPECT_EQ(models[0]["runs"], false);
  EXPECT_EQ(models[1]["name"], "acme/shards");
  EXPECT_EQ(models[1]["labels"], 5);
  EXPECT_EQ(models[2]["refs"], (nlohmann::json{"main", "v1.0"}));
  EXPECT_EQ(models[2]["family"], "ViT (transformers)");
  EXPECT_EQ(models[2]["runs"], true);
  uintmax_t bytes = 0;
  for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"}) {
    bytes += fs::file_size(hub.file("acme/tiny", name));
  }
  EXPECT_EQ(models[2]["bytes"], bytes);
  EXPECT_EQ(models[3]["name"], "gpt2");
  EXPECT_NE(models[3]["reason"].get<std::string>().find("saccade pull gpt2"), std::string::npos);

  const auto text = lines(run({"models"}).out);
  ASSERT_EQ(text.size(), 5u);
  EXPECT_NE(text[3].find("main,v1.0"), std::string::npos) << text[3];
  EXPECT_NE(text[4].find("no: "), std::string::npos) << text[4];
}

TEST_F(HubCommands, ModelsAreRemoved) {
  ASSERT_EQ(run({"pull", "-q", "acme/tiny", "acme/shards"}).exit_code, 0);
  const ProcessResult removed = run({"models", "--remove", "acme/tiny"});
  EXPECT_EQ(removed.exit_code, 0);
  EXPECT_NE(removed.err.find("8.16 MB"), std::string::npos) << removed.err;
  EXPECT_EQ(listed().size(), 1u);
  EXPECT_FALSE(fs::exists(home() / "hub/models--acme--tiny"));
  EXPECT_EQ(run({"models", "--remove", "acme/tiny"}).exit_code, 1);
  for (const char* bad : {"..", "acme/shards@main", "acme", "models--acme--shards"}) {
    EXPECT_NE(run({"models", "--remove", bad}).exit_code, 0) << bad;
  }
  EXPECT_EQ(run({"models", "acme/shards"}).exit_code, 2);
  EXPECT_EQ(listed().size(), 1u);
}

}  // namespace
}  // namespace saccade::test
