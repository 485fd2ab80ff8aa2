// The environment variables of huggingface_hub.
#include "weights/hub/hub_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade::test {
namespace {

using Variables = std::map<std::string, std::string>;

HubSettings settings_of(Variables variables) {
  variables.emplace("HOME", "/nowhere/someone");
  return hub_settings([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(HubSettings, CacheByPrecedence) {
  Variables variables;
  EXPECT_EQ(settings_of(variables).cache, "/nowhere/someone/.cache/huggingface/hub");
  variables["XDG_CACHE_HOME"] = "/xdg";
  EXPECT_EQ(settings_of(variables).cache, "/xdg/huggingface/hub");
  variables["HF_HOME"] = "~/hf";
  EXPECT_EQ(settings_of(variables).cache, "/nowhere/someone/hf/hub");
  variables["HUGGINGFACE_HUB_CACHE"] = "$HF_HOME/old";
  EXPECT_EQ(settings_of(variables).cache,
            "~/hf/old");  // as in Python: "~" first, then "$", once each
  variables["HF_HUB_CACHE"] = "${XDG_CACHE_HOME}/new/$UNKNOWN";
  EXPECT_EQ(settings_of(variables).cache, "/xdg/new/$UNKNOWN");
  variables["HF_HUB_CACHE"] = "";
  EXPECT_EQ(settings_of(variables).cache, "~/hf/old");
}

TEST(HubSettings, Switches) {
  const HubSettings plain = settings_of({});
  EXPECT_FALSE(plain.offline);
  EXPECT_TRUE(plain.symlinks);
  EXPECT_TRUE(plain.progress);
  EXPECT_EQ(plain.answer_timeout.count(), 10);
  EXPECT_EQ(plain.download_timeout.count(), 10);
  for (const char* yes : {"1", "on", "YES", "True"}) {
    EXPECT_TRUE(settings_of({{"HF_HUB_OFFLINE", yes}}).offline) << yes;
    EXPECT_TRUE(settings_of({{"TRANSFORMERS_OFFLINE", yes}}).offline) << yes;
    EXPECT_FALSE(settings_of({{"HF_HUB_DISABLE_SYMLINKS", yes}}).symlinks);
    EXPECT_FALSE(settings_of({{"HF_HUB_DISABLE_PROGRESS_BARS", yes}}).progress);
  }
  for (const char* no : {"0", "", "off", "2"}) {
    EXPECT_FALSE(settings_of({{"HF_HUB_OFFLINE", no}}).offline) << no;
  }
  EXPECT_FALSE(settings_of({{"HF_HUB_OFFLINE", "0"}, {"TRANSFORMERS_OFFLINE", "1"}}).offline);
}

TEST(HubSettings, Timeouts) {
  const HubSettings settings =
      settings_of({{"HF_HUB_ETAG_TIMEOUT", "3"}, {"HF_HUB_DOWNLOAD_TIMEOUT", "60"}});
  EXPECT_EQ(settings.answer_timeout.count(), 3);
  EXPECT_EQ(settings.download_timeout.count(), 60);
  for (const char* bad : {"x", "1.5", "-1", "99999999999999999999", "1 "}) {
    expect_error<UsageError>(
        [&] {
          settings_of({{"HF_HUB_ETAG_TIMEOUT", bad}});
        },
        {"HF_HUB_ETAG_TIMEOUT", bad});
  }
}

TEST(HubSettings, Endpoint) {
  EXPECT_EQ(settings_of({}).endpoint, "https://huggingface.co");
  EXPECT_EQ(settings_of({{"HF_ENDPOINT", "http://mirror:8080/hf//"}}).endpoint,
            "http://mirror:8080/hf");
  for (const char* bad : {"ftp://x", "file:///etc", "huggingface.co"}) {
    expect_error<UsageError>([&] { settings_of({{"HF_ENDPOINT", bad}}); }, {"HF_ENDPOINT", bad});
  }
}

TEST(HubSettings, Token) {
  const TempDir folder;
  const std::string file = folder.write("token", "  hf_file\n").string();
  Variables variables{{"HF_HOME", folder.path().string()}};
  EXPECT_EQ(settings_of(variables).token, "hf_file");
  EXPECT_EQ(settings_of({{"HF_TOKEN_PATH", file}}).token, "hf_file");
  EXPECT_FALSE(settings_of({{"HF_TOKEN_PATH", file + "x"}}).token);
  variables["HUGGING_FACE_HUB_TOKEN"] = "hf_old";
  EXPECT_EQ(settings_of(variables).token, "hf_old");
  variables["HF_TOKEN"] = "\thf_new \r\n";
  EXPECT_EQ(settings_of(variables).token, "hf_new");
  variables["HF_TOKEN"] = " ";
  EXPECT_EQ(settings_of(variables).token, "hf_file");
  variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
  EXPECT_FALSE(settings_of(variables).token);
}

TEST(HubSettings, TokenCannotAddHeaders) {
  for (const char* bad : {"hf_a\r\nX-Other: 1", "hf a", "hf_\x80"}) {
    expect_error<UsageError>([&] { settings_of({{"HF_TOKEN", bad}}); }, {"HF_TOKEN"});
  }
}

}  // namespace
}  // namespace saccade::test
