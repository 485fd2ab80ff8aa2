// The cache's layout and its protection against links that leave it; ETags; URLs.
#include "weights/hub/hub_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"
#include "weights/hub/cached_models.h"
#include "weights/hub/cached_snapshot.h"
#include "weights/hub/etag_hash.h"
#include "weights/hub/hub_tree.h"
#include "weights/hub/url.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

const std::string kCommit(40, 'c');

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A cache, and a secret file outside of it.
struct Cached : ::testing::Test {
  const TempDir folder;
  const fs::path root = folder.path() / "hub";
  const fs::path secret = folder.write("secret", "secret");
  const HubCache cache{root, "org/name"};
};

using HubCacheTest = Cached;

TEST_F(HubCacheTest, Layout) {
  cache.make_folders(kCommit);
  cache.write_ref("refs/pr/1", kCommit);
  cache.write_ref(kCommit, kCommit);
  cache.note_missing(kCommit, "a.json");
  folder.write("hub/models--org--name/blobs/e1", "bytes");
  cache.link(kCommit, "config.json", "e1", true, true);
  const fs::path model = root / "models--org--name";
  EXPECT_EQ(cache.folder(), model);
  EXPECT_EQ(fs::read_symlink(model / "snapshots" / kCommit / "config.json"), "../../blobs/e1");
  EXPECT_EQ(content(model / "refs/refs/pr/1"), kCommit);
  EXPECT_FALSE(fs::exists(model / "refs" / kCommit));
  EXPECT_EQ(content(model / ".no_exist" / kCommit / "a.json"), "");
  EXPECT_EQ(content(root / "CACHEDIR.TAG").substr(0, 53),
            "Signature: 8a477f597d28d172789f06886806bc55\n# This fi");
  EXPECT_EQ(cache.lock("e1"), root / ".locks/models--org--name/e1.lock");
  EXPECT_EQ(repo_folder_name("gpt2"), "models--gpt2");

  EXPECT_EQ(cache.commit_of("refs/pr/1"), kCommit);
  EXPECT_EQ(cache.commit_of(kCommit), kCommit);
  EXPECT_FALSE(cache.commit_of("main"));
  EXPECT_TRUE(cache.known_missing(kCommit, "a.json"));
  EXPECT_TRUE(cache.has_blob("e1"));
  EXPECT_TRUE(cache.file(kCommit, "config.json"));
  EXPECT_FALSE(cache.file(kCommit, "b.json"));
}

TEST_F(HubCacheTest, CopiesWhereLinksCannotBe) {
  cache.make_folders(kCommit);
  folder.write("hub/models--org--name/blobs/e1", "bytes");
  cache.link(kCommit, "copied", "e1", false, false);
  cache.link(kCommit, "moved", "e1", true, false);
  for (const char* name : {"copied", "moved"}) {
    EXPECT_EQ(fs::symlink_status(cache.snapshot(kCommit) / name).type(), fs::file_type::regular);
    EXPECT_EQ(content(cache.snapshot(kCommit) / name), "bytes");
  }
  EXPECT_FALSE(cache.has_blob("e1"));
}

TEST_F(HubCacheTest, LinkToNothingIsMadeAnew) {
  cache.make_folders(kCommit);
  fs::create_symlink("../../blobs/gone", cache.snapshot(kCommit) / "config.json");
  EXPECT_FALSE(cache.file(kCommit, "config.json"));
  folder.write("hub/models--org--name/blobs/e1", "bytes");
  cache.link(kCommit, "config.json", "e1", true, true);
  EXPECT_EQ(content(*cache.file(kCommit, "config.json")), "bytes");
}

TEST_F(HubCacheTest, HostileRefsMeanNothing) {
  for (const std::string& text : {std::string("../../x"), std::string("/etc"), std::string(),
                                  kCommit + "\n", kCommit + "/..", std::string(1 << 20, 'c')}) {
    folder.write("hub/models--org--name/refs/main", text);
    EXPECT_FALSE(cache.commit_of("main")) << text.substr(0, 50);
  }
}

TEST_F(HubCacheTest, NothingLeadsOut) {
  cache.make_folders(kCommit);
  const fs::path snapshot = cache.snapshot(kCommit);
  fs::create_symlink(secret, snapshot / "config.json");
  fs::create_symlink("../../../../secret", snapshot / "model.safetensors");
  folder.write("hub/models--org--other/blobs/e1", "of another model");
  fs::create_symlink("../../../models--org--other/blobs/e1", snapshot / "other");
  fs::create_symlink(secret, cache.blob("e2"));
  fs::create_directories(cache.folder() / "refs");
  fs::create_symlink(secret, cache.folder() / "refs/main");
  for (const char* name : {"config.json", "model.safetensors", "other"}) {
    expect_error<ModelError>([&] { cache.file(kCommit, name); }, {name, "leads out of the cache"});
  }
  expect_error<ModelError>([&] { cache.has_blob("e2"); }, {"e2", "secret"});
  expect_error<ModelError>([&] { cache.commit_of("main"); }, {"refs/main"});
  expect_error<ModelError>([&] { snapshot_state(cache, kCommit); }, {"config.json"});
}

TEST_F(HubCacheTest, NothingIsWrittenElsewhere) {
  const fs::path outside = folder.path() / "outside";
  fs::create_directories(outside);
  fs::create_directories(cache.folder());
  for (const char* name : {"blobs", "refs", ".no_exist", "snapshots"}) {
    fs::create_directory_symlink(outside, cache.folder() / name);
  }
  expect_error<ModelError>([&] { cache.make_folders(kCommit); }, {"blobs", "outside"});
  expect_error<ModelError>([&] { cache.write_ref("main", kCommit); }, {"refs", "outside"});
  expect_error<ModelError>([&] { cache.note_missing(kCommit, "x"); }, {".no_exist", "outside"});
  fs::remove(cache.folder() / "blobs");
  expect_error<ModelError>([&] { cache.make_folders(kCommit); }, {"snapshots", "outside"});
  for (const auto& entry : fs::recursive_directory_iterator(outside)) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

// Folders neither, by way of a link to a folder above them.
TEST_F(HubCacheTest, NoFolderIsMadeElsewhere) {
  const fs::path outside = folder.path() / "outside";
  fs::create_directories(outside);
  fs::create_directories(cache.folder());
  for (const char* name : {"refs", "snapshots", ".no_exist"}) {
    fs::create_directory_symlink(outside, cache.folder() / name);
  }
  EXPECT_THROW(cache.make_folders(kCommit), ModelError);
  EXPECT_THROW(cache.write_ref("refs/pr/1", kCommit), ModelError);
  EXPECT_THROW(cache.note_missing(kCommit, "x"), ModelError);
  EXPECT_TRUE(fs::is_empty(outside));
  fs::remove(cache.folder() / "snapshots");
  fs::create_directory_symlink(outside, root / ".locks");
  EXPECT_THROW(cache.make_folders(kCommit), ModelError);
  EXPECT_TRUE(fs::is_empty(outside));
}

// A link with the name of a file that the cache writes.
TEST_F(HubCacheTest, NoFileIsWrittenThroughALink) {
  const fs::path target = folder.path() / "target";
  fs::create_directories(root);
  fs::create_symlink(target, root / "CACHEDIR.TAG");
  fs::create_directories(cache.folder() / ".no_exist" / kCommit);
  fs::create_symlink(target, cache.folder() / ".no_exist" / kCommit / "config.json");
  cache.make_folders(kCommit);
  cache.note_missing(kCommit, "config.json");
  EXPECT_FALSE(fs::exists(target));
  EXPECT_TRUE(fs::is_symlink(root / "CACHEDIR.TAG"));

  folder.write("target", "kept");
  fs::create_directories(cache.folder() / "refs");
  fs::create_symlink(target, cache.folder() / "refs" / "v1");
  EXPECT_THROW(cache.write_ref("v1", kCommit), ModelError);
  cache.make_folders(kCommit);
  EXPECT_EQ(content(target), "kept");
}

// huggingface_hub may store large files of several models in one place.
TEST_F(HubCacheTest, SharedStoreIsPartOfTheCache) {
  cache.make_folders(kCommit);
  folder.write("hub/blobs/ab/abcd", "shared");
  fs::create_symlink("../../blobs/ab/abcd", cache.blob("e1"));
  cache.link(kCommit, "model.safetensors", "e1", false, true);
  EXPECT_EQ(content(*cache.file(kCommit, "model.safetensors")), "shared");
}

TEST_F(HubCacheTest, RemovalStaysInTheCache) {
  HubSettings settings;
  settings.cache = root;
  cache.make_folders(kCommit);
  folder.write("hub/models--org--name/blobs/e1", "bytes");
  cache.link(kCommit, "config.json", "e1", true, true);
  fs::create_symlink(secret, cache.snapshot(kCommit) / "x");
  const fs::path elsewhere = folder.path() / "elsewhere";
  fs::create_directories(elsewhere / "snapshots");
  folder.write("elsewhere/kept", "kept");
  fs::create_directory_symlink(elsewhere, root / "models--org--linked");

  EXPECT_EQ(cached_models(settings).size(), 2u);
  EXPECT_EQ(remove_cached_model(settings, "org/name"), 5u);
  remove_cached_model(settings, "org/linked");
  EXPECT_TRUE(cached_models(settings).empty());
  EXPECT_EQ(content(secret), "secret");
  EXPECT_EQ(content(elsewhere / "kept"), "kept");
  EXPECT_TRUE(fs::exists(elsewhere / "snapshots"));
  expect_error<ModelError>([&] { remove_cached_model(settings, "org/name"); },
                           {"org/name", "not in the cache"});
}

TEST(HubTree, HasTheHashOfEveryFile) {
  const std::string sha1(40, 'a'), sha256(64, 'b');
  const HubTree tree =
      parse_hub_tree(R"([{"type":"file","path":"config.json","oid":")" + sha1 +
                     R"(","size":7},)"
                     R"({"path":"model.safetensors","oid":")" +
                     sha1 +
                     R"(","size":134,)"
                     R"("lfs":{"oid":")" +
                     sha256 +
                     R"(","size":99}},)"
                     R"({"path":"odd","oid":"../../x","size":1},{"path":"sizeless","oid":")" +
                     sha1 +
                     R"("},)"
                     R"({"path":7},7,{"path":"negative","oid":")" +
                     sha1 + R"(","size":-1}])");
  ASSERT_EQ(tree.size(), 2u);
  EXPECT_EQ(tree.at("config.json").hash, sha1);
  EXPECT_EQ(tree.at("config.json").size, 7u);
  EXPECT_EQ(tree.at("model.safetensors").hash, sha256);
  EXPECT_EQ(tree.at("model.safetensors").size, 99u);
  for (const char* other : {"", "{}", "[", "7", "{\"error\":\"x\"}", "[[]]"}) {
    EXPECT_TRUE(parse_hub_tree(other).empty()) << other;
  }
}

TEST(Etag, PlainNamesAlone) {
  EXPECT_TRUE(is_plain_etag("0a1b"));
  EXPECT_TRUE(is_plain_etag("0a1b-2.gz"));
  for (const char* bad : {"", ".", "..", "../x", "a/b", "a\\b", ".x", "a b", "a\n"}) {
    EXPECT_FALSE(is_plain_etag(bad)) << bad;
  }
  EXPECT_FALSE(is_plain_etag(std::string(129, 'a')));
}

TEST(Etag, HashesOfBothKinds) {
  const TempDir folder;
  const fs::path file = folder.write("f", "hello\n");
  // sha256sum; git hash-object
  EXPECT_TRUE(
      matches_etag(file, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"));
  EXPECT_TRUE(matches_etag(file, "ce013625030ba8dba906f756967f9e9ca394464a"));
  EXPECT_FALSE(matches_etag(file, "ce013625030ba8dba906f756967f9e9ca394464b"));
  EXPECT_FALSE(matches_etag(file, std::string(64, '0')));
  EXPECT_TRUE(matches_etag(file, "no-hash"));
}

TEST(Url, Origins) {
  EXPECT_EQ(origin_of("https://Hub.example/a?b"), "https://hub.example:443");
  EXPECT_EQ(origin_of("http://hub.example:8080"), "http://hub.example:8080");
  EXPECT_NE(origin_of("https://hub.example"), origin_of("http://hub.example"));
  EXPECT_NE(origin_of("https://hub.example"), origin_of("https://hub.example.evil.org"));
  EXPECT_EQ(origin_of("https://hub.example@evil.org/"), "https://evil.org:443");
  EXPECT_EQ(origin_of("file:///etc/passwd"), "");
  EXPECT_EQ(origin_of("nonsense"), "");
}

TEST(Url, Redirects) {
  EXPECT_EQ(redirected("https://h/a/b?c", "/d"), "https://h/d");
  EXPECT_EQ(redirected("https://h/a/b", "e"), "https://h/a/e");
  EXPECT_EQ(redirected("https://h/a", "https://other/x?y=z"), "https://other/x?y=z");
  EXPECT_EQ(redirected("https://h/a", "//other/x"), "https://other/x");
  EXPECT_EQ(redirected("https://h/a", "file:///etc/passwd"), "");
  EXPECT_EQ(percent_encoded("refs/pr/1"), "refs%2Fpr%2F1");
}

}  // namespace
}  // namespace saccade::test
