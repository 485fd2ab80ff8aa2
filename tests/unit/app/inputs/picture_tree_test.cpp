#include "app/inputs/picture_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/inputs/natural_order.h"
#include "tests/support/temp_dir.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using Names = std::vector<std::string>;

constexpr const char* kPng = "\x89PNG\r\n\x1a\n and so on";

/// Paths of pictures relative to the folder.
Names names(const PictureTree& tree, const TempDir& folder) {
  Names names;
  for (const std::string& picture : tree.pictures) {
    names.push_back(picture.substr((folder.path() / "").string().size()));
  }
  return names;
}

Names walk(const TempDir& folder, const TreeOptions& options = {}) {
  return names(walk_pictures(folder.path(), options), folder);
}

TEST(NaturalOrder, CountsAsPeopleDo) {
  const Names ordered{"",
                      "10",
                      "IMG3",
                      "a",
                      "a1",
                      "a1b",
                      "a01c",
                      "a2",
                      "a2.10",
                      "a2.9b",
                      "a10",
                      "a10x",
                      "a99999999999999999999",
                      "a100000000000000000000",
                      "b",
                      "b/1",
                      "\xc3\xa4"};
  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t j = 0; j < ordered.size(); ++j) {
      if (ordered[i].starts_with("a2.") && ordered[j].starts_with("a2.")) continue;
      EXPECT_EQ(natural_less(ordered[i], ordered[j]), i < j) << ordered[i] << " " << ordered[j];
    }
  }
  EXPECT_TRUE(natural_less("a2.9b", "a2.10"));
  EXPECT_FALSE(natural_less("a2.10", "a2.9b"));
}

TEST(NaturalOrder, LeadingZerosAloneStillMakeAnOrder) {
  EXPECT_TRUE(natural_less("a01", "a1"));
  EXPECT_FALSE(natural_less("a1", "a01"));
  EXPECT_TRUE(natural_less("a01b", "a1c"));
  EXPECT_TRUE(natural_less("a1b", "a01c"));
}

TEST(PictureTree, IsInNaturalOrderWithFoldersAmongTheFiles) {
  const TempDir folder;
  for (const char* name : {"img10.png", "img2.png", "b/2.png", "b/10.png", "b.png", "c/d/e.PNG"}) {
    folder.write(name, "");
  }
  EXPECT_EQ(walk(folder),
            (Names{"b/2.png", "b/10.png", "b.png", "c/d/e.PNG", "img2.png", "img10.png"}));
  TreeOptions flat;
  flat.recursive = false;
  EXPECT_EQ(walk(folder, flat), (Names{"b.png", "img2.png", "img10.png"}));
}

TEST(PictureTree, TakesFilesByExtensionOrFirstBytesAndCountsTheRest) {
  const TempDir folder;
  folder.write("a.jpeg", "no picture, but it says so");
  folder.write("b.heic", "");
  folder.write("no-extension", kPng);
  folder.write("notes.txt", "text");
  folder.write("empty", "");
  folder.write(".jpg", "");  // hidden
  fs::create_symlink("nowhere", folder.path() / "broken.png");
  fs::create_symlink("nowhere", folder.path() / "broken.txt");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe.png").c_str(), 0600), 0);
  const PictureTree tree = walk_pictures(folder.path(), {});
  EXPECT_EQ(names(tree, folder), (Names{"a.jpeg", "b.heic", "broken.png", "no-extension"}));
  EXPECT_EQ(tree.skipped, 4u);
  EXPECT_EQ(tree.hidden, 1u);
  EXPECT_TRUE(tree.unreadable.empty());
}

TEST(PictureTree, GlobsMatchTheRelativePath) {
  const TempDir folder;
  for (const char* name : {"a.jpg", "b.png", "raw/c.jpg", "raw/deep/d.jpg", "x/raw.jpg"}) {
    folder.write(name, "");
  }
  TreeOptions options;
  options.include = {"*.jpg"};
  EXPECT_EQ(walk(folder, options), (Names{"a.jpg", "raw/c.jpg", "raw/deep/d.jpg", "x/raw.jpg"}));
  options.exclude = {"raw"};
  EXPECT_EQ(walk(folder, options), (Names{"a.jpg", "x/raw.jpg"}));
  options = {};
  options.include = {"raw/*", "b.*"};
  options.exclude = {"*/deep/*"};
  EXPECT_EQ(walk(folder, options), (Names{"b.png", "raw/c.jpg"}));
}

TEST(PictureTree, EntersAFolderOnceWhateverLinksSay) {
  const TempDir folder;
  folder.write("a/1.png", "");
  folder.write("b/2.png", "");
  fs::create_directory_symlink("..", folder.path() / "a" / "up");
  fs::create_directory_symlink("../b", folder.path() / "a" / "to-b");
  fs::create_directory_symlink("self", folder.path() / "self");
  fs::create_symlink("../a/1.png", folder.path() / "b" / "same.png");
  EXPECT_EQ(walk(folder), (Names{"a/1.png", "a/to-b/2.png", "a/to-b/same.png"}));
}

TEST(PictureTree, LeavesOutFoldersHoweverTheyAreNamed) {
  const TempDir folder;
  folder.write("a.png", "");
  folder.write("out/b.png", "");
  fs::create_directory_symlink("out", folder.path() / "link");
  TreeOptions options;
  options.excluded_folders = {folder.path() / "." / "out", folder.path() / "missing"};
  EXPECT_EQ(walk(folder, options), Names{"a.png"});
}

TEST(PictureTree, PassesOverHiddenNamesAndCountsThem) {
  const TempDir folder;
  for (const char* name : {"a.png", "._a.png", ".ipynb_checkpoints/a.png", "__MACOSX/a.png",
                           "q/@eaDir/a.png", "THUMBS.DB", "desktop.ini", "q/b.png"}) {
    folder.write(name, "");
  }
  TreeOptions options;
  const PictureTree tree = walk_pictures(folder.path(), options);
  EXPECT_EQ(names(tree, folder), (Names{"a.png", "q/b.png"}));
  EXPECT_EQ(tree.hidden, 6u);
  EXPECT_EQ(tree.skipped, 0u);
  options.hidden = true;
  const PictureTree all = walk_pictures(folder.path(), options);
  EXPECT_EQ(names(all, folder), (Names{"._a.png", ".ipynb_checkpoints/a.png", "__MACOSX/a.png",
                                       "a.png", "q/@eaDir/a.png", "q/b.png"}));
  EXPECT_EQ(all.hidden, 0u);
  EXPECT_EQ(walk_pictures(folder.path() / ".ipynb_checkpoints", {}).pictures.size(), 1u);
}

TEST(PictureTree, AnExcludedFolderThatIsNamedIsEntered) {
  const TempDir folder;
  folder.write("a.png", "");
  TreeOptions options;
  options.excluded_folders = {folder.path()};
  EXPECT_EQ(walk(folder, options), Names{"a.png"});
}

TEST(PictureTree, NamesMayHoldAnyByte) {
  const TempDir folder;
  const Names odd{"-o.png", "@list.png", "caf\xe9.png", "two\nlines.png"};
  for (const std::string& name : odd) folder.write(name, "");
  EXPECT_EQ(walk(folder), odd);
}

TEST(PictureTree, AFileThatCannotBeReadMayBeAPicture) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TempDir folder;
  fs::permissions(folder.write("locked", kPng), fs::perms::none);
  const PictureTree tree = walk_pictures(folder.path(), {});
  EXPECT_EQ(names(tree, folder), Names{"locked"});
  EXPECT_EQ(tree.skipped, 0u);
}

TEST(PictureTree, UnreadableFoldersAreToldAndTheRestIsWalked) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder";
  const TempDir folder;
  folder.write("a.png", "");
  folder.write("locked/b.png", "");
  fs::permissions(folder.path() / "locked", fs::perms::none);
  const PictureTree tree = walk_pictures(folder.path(), {});
  fs::permissions(folder.path() / "locked", fs::perms::owner_all);
  EXPECT_EQ(names(tree, folder), Names{"a.png"});
  ASSERT_EQ(tree.unreadable.size(), 1u);
  EXPECT_NE(tree.unreadable[0].find("locked: the folder cannot be read: Perm"), std::string::npos)
      << tree.unreadable[0];
}

}  // namespace
}  // namespace saccade
