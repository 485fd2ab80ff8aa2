#include "app/batch/sorted_folders.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "app/batch/inner_path.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

const Names kLabels{"cat", "dog"};

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ino_t inode(const fs::path& file) {
  struct stat status {};
  EXPECT_EQ(::lstat(file.c_str(), &status), 0) << file;
  return status.st_ino;
}

TEST(InnerPath, StaysInside) {
  const std::map<std::string, std::string> wanted{{"a/b.jpg", "a/b.jpg"},
                                                  {"./a//b.jpg", "a/b.jpg"},
                                                  {"../b.jpg", "_up/b.jpg"},
                                                  {"a/../b.jpg", "a/_up/b.jpg"},
                                                  {"/a/b.jpg", "_root/a/b.jpg"},
                                                  {"//b.jpg", "_root/b.jpg"},
                                                  {"_up/b.jpg", "__up/b.jpg"},
                                                  {"__up/b.jpg", "___up/b.jpg"},
                                                  {"_root/b.jpg", "__root/b.jpg"},
                                                  {"up/root/_/x", "up/root/_/x"},
                                                  {"...", "..."}};
  for (const auto& [name, path] : wanted) EXPECT_EQ(inner_path(name), fs::path(path)) << name;
}

TEST(SortedFolders, Links) {
  const test::TempDir folder;
  const fs::path photo = folder.write("photos/sub/a\n\xff.jpg", "photo");
  const OutputFolder out(folder.path() / "out");
  SortedFolders sorted(out, SortMode::link, kLabels, false);
  sorted.place(photo, "sub/a\n\xff.jpg", 1);
  const fs::path link = folder.path() / "out/sorted/dog/sub/a\n\xff.jpg";
  ASSERT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(fs::read_symlink(link), photo);
  EXPECT_EQ(text_of(link), "photo");
}

TEST(SortedFolders, LinksAreAbsolute) {
  const test::TempDir folder;
  const OutputFolder out(folder.path());
  SortedFolders sorted(out, SortMode::link, kLabels, false);
  sorted.place("photos/a.jpg", "a.jpg", 0);
  EXPECT_EQ(fs::read_symlink(folder.path() / "sorted/cat/a.jpg"),
            fs::current_path() / "photos/a.jpg");
}

TEST(SortedFolders, CopiesKeepTimeAndPermissions) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  const auto time = fs::last_write_time(photo) - std::chrono::hours(100);
  fs::last_write_time(photo, time);
  fs::permissions(photo, fs::perms::owner_read);
  const OutputFolder sorted_folder(folder.path());
  SortedFolders sorted(sorted_folder, SortMode::copy, kLabels, false);
  sorted.place(photo, "a.jpg", 0);
  const fs::path copy = folder.path() / "sorted/cat/a.jpg";
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(copy)));
  EXPECT_EQ(text_of(copy), "photo");
  EXPECT_EQ(fs::last_write_time(copy), time);
  EXPECT_EQ(fs::status(copy).permissions(), fs::perms::owner_read);
}

TEST(SortedFolders, ExistingFilesAreKept) {
  for (const SortMode mode : {SortMode::link, SortMode::copy}) {
    const test::TempDir folder;
    const fs::path photo = folder.write("a.jpg", "photo");
    SortedFolders(OutputFolder(folder.path()), mode, kLabels, false).place(photo, "a.jpg", 0);
    const fs::path placed = folder.path() / "sorted/cat/a.jpg";
    const ino_t before = inode(placed);
    SortedFolders(OutputFolder(folder.path()), mode, kLabels, false).place(photo, "a.jpg", 0);
    EXPECT_EQ(inode(placed), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "sorted"), {}), 1);
  }
}

TEST(SortedFolders, OldLinksAreReplaced) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  const fs::path placed = folder.path() / "sorted/cat/a.jpg";
  const OutputFolder links_folder(folder.path());
  SortedFolders links(links_folder, SortMode::link, kLabels, false);
  links.place("elsewhere.jpg", "a.jpg", 0);
  links.place(photo, "a.jpg", 0);
  EXPECT_EQ(fs::read_symlink(placed), photo);
  const OutputFolder copies_folder(folder.path());
  SortedFolders copies(copies_folder, SortMode::copy, kLabels, false);
  copies.place(photo, "a.jpg", 0);
  EXPECT_FALSE(fs::is_symlink(placed));
  EXPECT_EQ(text_of(placed), "photo");
  EXPECT_EQ(text_of(photo), "photo");
}

TEST(SortedFolders, OtherFilesAreReplacedOnlyOnDemand) {
  for (const SortMode mode : {SortMode::link, SortMode::copy}) {
    const test::TempDir folder;
    const fs::path photo = folder.write("a.jpg", "photo");
    const fs::path placed = folder.write("sorted/cat/a.jpg", "precious");
    const OutputFolder careful_folder(folder.path());
    SortedFolders careful(careful_folder, mode, kLabels, false);
    test::expect_error<UsageError>([&] { careful.place(photo, "a.jpg", 0); },
                                   {"sorted/cat/a.jpg: exists already", "--overwrite"});
    EXPECT_EQ(text_of(placed), "precious");
    SortedFolders(OutputFolder(folder.path()), mode, kLabels, true).place(photo, "a.jpg", 0);
    EXPECT_EQ(text_of(placed), "photo");
  }
}

// As after --resume, when the record of the copy was lost and the picture has changed since.
TEST(SortedFolders, ACopyOfAChangedPictureIsReplacedOnDemand) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  SortedFolders(OutputFolder(folder.path()), SortMode::copy, kLabels, false)
      .place(photo, "a.jpg", 0);
  fs::last_write_time(photo, fs::last_write_time(photo) + std::chrono::hours(1));
  const fs::path copy = folder.path() / "sorted/cat/a.jpg";
  const ino_t before = inode(copy);
  SortedFolders(OutputFolder(folder.path()), SortMode::copy, kLabels, true)
      .place(photo, "a.jpg", 0);
  EXPECT_NE(inode(copy), before);
  EXPECT_EQ(fs::last_write_time(copy), fs::last_write_time(photo));
}

TEST(SortedFolders, SeveralThreads) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  const OutputFolder sorted_folder(folder.path());
  SortedFolders sorted(sorted_folder, SortMode::copy, kLabels, false);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        sorted.place(photo, fmt::format("{}/{}.jpg", i, t), i % 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "sorted")) {
    if (entry.is_directory()) continue;
    ++files;
    EXPECT_EQ(text_of(entry.path()), "photo");
  }
  EXPECT_EQ(files, 800u);
}

TEST(SortedFolders, FullDiskLeavesNoPartOfACopy) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", std::string(100'000, 'x'));
  const OutputFolder sorted_folder(folder.path());
  SortedFolders sorted(sorted_folder, SortMode::copy, kLabels, false);
  const test::FileSizeLimit limit(50'000);
  test::expect_error<SystemError>([&] { sorted.place(photo, "a.jpg", 0); },
                                  {"sorted", "cannot be written: "});
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "sorted")) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST(SortedFolders, APictureThatVanishedFailsAlone) {
  const test::TempDir folder;
  const OutputFolder sorted_folder(folder.path());
  SortedFolders sorted(sorted_folder, SortMode::copy, kLabels, false);
  test::expect_error<ImageError>([&] { sorted.place("/nowhere/a.jpg", "a.jpg", 0); },
                                 {"/nowhere/a.jpg: vanished"});
}

TEST(SortedFolders, ReportsAFolderThatCannotBeCreated) {
  const test::TempDir folder;
  folder.write("sorted", "a file");
  test::expect_error<SystemError>(
      [&] { SortedFolders(OutputFolder(folder.path()), SortMode::link, kLabels, false); },
      {"sorted: cannot be created"});
}

TEST(SortedFolders, NamesThatCannotBeUsedBecomeNumbers) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  const OutputFolder out(folder.path());
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += std::string(220, 'd') + '/';
  folder.write("sorted/cat/file", "in the way");
  const std::vector<std::string> names{std::string(300, 'x') + ".jpg", deep + "a.jpg",
                                       "file/below.jpg"};
  for (const SortMode mode : {SortMode::link, SortMode::copy}) {
    SortedFolders sorted(out, mode, kLabels, true);
    for (const std::string& name : names) sorted.place(photo, name, 0);
    size_t placed = 0;
    for (const auto& entry : fs::directory_iterator(folder.path() / "sorted/cat/_other")) {
      EXPECT_EQ(entry.path().extension(), ".jpg");
      EXPECT_EQ(text_of(entry.path()), "photo");
      ++placed;
    }
    EXPECT_EQ(placed, names.size());
  }
}

TEST(SortedFolders, NoLinkIsEntered) {
  const test::TempDir folder;
  const fs::path photo = folder.write("a.jpg", "photo");
  fs::create_directory(folder.path() / "elsewhere");
  const OutputFolder out(folder.path());
  SortedFolders sorted(out, SortMode::copy, kLabels, true);
  fs::create_directory_symlink("../elsewhere", folder.path() / "sorted/cat");
  test::expect_error<SystemError>([&] { sorted.place(photo, "a.jpg", 0); },
                                  {"sorted/cat: is a link", "remove it"});
  EXPECT_TRUE(fs::is_empty(folder.path() / "elsewhere"));
}

}  // namespace
}  // namespace saccade
