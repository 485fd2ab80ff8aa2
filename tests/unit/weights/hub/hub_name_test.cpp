// Names of models on the hub, by the rules of huggingface_hub.
#include "weights/hub/hub_name.h"

#include <gtest/gtest.h>

#include <string>

namespace saccade::test {
namespace {

TEST(HubName, WholeNames) {
  const auto name = parse_hub_name("google/vit-base-patch16-224");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->repo, "google/vit-base-patch16-224");
  EXPECT_EQ(name->revision, "main");
  const auto old = parse_hub_name("gpt2@refs/pr/1");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->repo, "gpt2");
  EXPECT_EQ(old->revision, "refs/pr/1");
  for (const char* text :
       {"timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k", "123", "Foo-BAR_foo.b1", "a/b@v1.0",
        "a/b@0123456789abcdef0123456789abcdef01234567", "_a/b_"}) {
    EXPECT_TRUE(parse_hub_name(text)) << text;
  }
}

TEST(HubName, NeverAPath) {
  for (const char* text :
       {"",        "/",           "a/",     "/a",     "a/b/c",  "..",
        "../a",    "a/..",        "a..b",   "a--b",   "a/b--c", ".a",
        "a.",      "-a",          "a-",     "a/.b",   "a\\b",   "a b",
        "a/b.git", "caf\xc3\xa9", "a/b\n",  "./a",    "~/a",    "a/b@",
        "@main",   "a@../x",      "a@x/..", "a@/x",   "a@x/",   "a@x//y",
        "a@.x",    "a@x/.y",      "a@x y",  "a@x\\y", "a@x\n",  "model.safetensors/",
        "a@x%2e"}) {
    EXPECT_FALSE(parse_hub_name(text)) << text;
  }
  EXPECT_FALSE(parse_hub_name(std::string("a\0b", 3)));
  EXPECT_TRUE(parse_hub_name(std::string(96, 'a') + "/" + std::string(96, 'b')));
  EXPECT_FALSE(parse_hub_name(std::string(97, 'a')));
  EXPECT_FALSE(parse_hub_name("a@" + std::string(201, 'b')));
}

TEST(HubName, Commits) {
  EXPECT_TRUE(is_commit("0123456789abcdef0123456789abcdef01234567"));
  EXPECT_FALSE(is_commit("0123456789ABCDEF0123456789abcdef01234567"));
  EXPECT_FALSE(is_commit("0123456789abcdef0123456789abcdef0123456"));
  EXPECT_FALSE(is_commit("../../x"));
}

}  // namespace
}  // namespace saccade::test
