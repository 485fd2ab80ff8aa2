#include "app/system/output_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/system/output_file.h"
#include "app/system/regular_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TempDir;

std::string text_in(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> names_of(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

using Names = std::set<std::string>;

TEST(OutputFolder, MakesFilesAndSubFolders) {
  const TempDir place;
  const OutputFolder folder(place.path() / "new/out");
  folder.write("a/b/c.txt", std::string_view("one"));
  folder.write("a/b/c.txt", std::string_view("two"));
  folder.write_to_disk("run.json", "{}");
  EXPECT_EQ(text_in(place.path() / "new/out/a/b/c.txt"), "two");
  EXPECT_EQ(names_of(place.path() / "new/out"), (Names{"a", "run.json"}));
  EXPECT_TRUE(folder.remove("a/b/c.txt"));
  EXPECT_FALSE(folder.remove("a/b/c.txt"));
  EXPECT_FALSE(folder.remove("none/c.txt"));
}

TEST(OutputFolder, RespectsTheUmask) {
  const TempDir place;
  const mode_t before = ::umask(027);
  OutputFolder(place.path()).write("a", std::string_view("x"));
  ::umask(before);
  EXPECT_EQ(fs::status(place.path() / "a").permissions(), fs::perms(0640));
}

// A file that is there may be a hard or a symbolic link to a valuable one.
TEST(OutputFolder, ReplacesLinksAndNotWhatTheyLeadTo) {
  const TempDir place;
  const fs::path valuable = place.write("valuable", "precious");
  const OutputFolder folder(place.path() / "out");
  for (const bool symbolic : {true, false}) {
    const fs::path link = place.path() / "out/a";
    symbolic ? fs::create_symlink(valuable, link) : fs::create_hard_link(valuable, link);
    folder.write("a", std::string_view("new"));
    EXPECT_EQ(text_in(valuable), "precious");
    EXPECT_EQ(text_in(link), "new");
    EXPECT_FALSE(fs::is_symlink(link));
    fs::remove(link);
  }
}

TEST(OutputFolder, EntersNoLink) {
  const TempDir place;
  const fs::path valuable = place.write("elsewhere/a", "precious");
  const OutputFolder folder(place.path() / "out");
  fs::create_directory_symlink("../elsewhere", place.path() / "out/sub");
  const std::string named = (place.path() / "out/sub").string() + ": is a link";
  expect_error<SystemError>([&] { folder.write("sub/a", std::string_view("new")); }, {named});
  expect_error<SystemError>([&] { folder.write("sub/b/a", std::string_view("new")); }, {named});
  expect_error<SystemError>([&] { folder.link("/x", "sub/a"); }, {named});
  expect_error<SystemError>([&] { folder.make_folder("sub"); }, {named});
  expect_error<SystemError>([&] { folder.remove("sub/a"); }, {named});
  expect_error<SystemError>([&] { OutputFolder(folder, "sub"); }, {named});
  EXPECT_FALSE(folder.has_file("sub/a"));
  EXPECT_FALSE(folder.can_hold("sub/a"));
  EXPECT_FALSE(folder.open_file("sub/a").valid());
  EXPECT_EQ(text_in(valuable), "precious");
  EXPECT_EQ(names_of(place.path() / "elsewhere"), Names{"a"});
  EXPECT_EQ(names_of(place.path() / "out"), Names{"sub"});
  EXPECT_THROW(folder.write("../a", std::string_view("new")), std::invalid_argument);
  EXPECT_THROW(folder.write("/a", std::string_view("new")), std::invalid_argument);
}

TEST(OutputFolder, ErrorsNameTheFileAndTheReason) {
  const TempDir place;
  const fs::path file = place.write("file", "");
  const OutputFolder folder(place.path());
  fs::create_directory(place.path() / "taken");
  expect_error<SystemError>([&] { folder.write("file/a", std::string_view("x")); },
                            {(file / "a").string(), "Not a directory"});
  expect_error<SystemError>([&] { folder.write("taken", std::string_view("x")); },
                            {(place.path() / "taken").string(), "Is a directory"});
  expect_error<SystemError>([&] { OutputFolder{file}; },
                            {file.string(), "cannot be created", "-o"});
  EXPECT_EQ(names_of(place.path()), (Names{"file", "taken"}));
}

TEST(OutputFolder, LeavesNothingWhereTheDiskIsFull) {
  const TempDir place;
  place.write("earlier", "earlier");
  const OutputFolder folder(place.path());
  const test::FileSizeLimit limit(1000);
  for (const char* name : {"earlier", "new"}) {
    expect_error<SystemError>([&] { folder.write(name, std::string(5000, 'x')); },
                              {name, "File too large"});
  }
  EXPECT_EQ(names_of(place.path()), Names{"earlier"});
  EXPECT_EQ(text_in(place.path() / "earlier"), "earlier");
}

TEST(OutputFolder, SaysWhatItCanHold) {
  const TempDir place;
  place.write("file", "");
  const OutputFolder folder(place.path());
  EXPECT_TRUE(folder.can_hold("a/b/c"));
  EXPECT_TRUE(folder.can_hold("file"));
  EXPECT_FALSE(folder.can_hold("a/b"));     // a folder by now
  EXPECT_FALSE(folder.can_hold("file/a"));  // in the place of its folder
  EXPECT_FALSE(folder.can_hold(std::string(256, 'x')));
  EXPECT_FALSE(folder.can_hold(std::string(256, 'x') + "/a"));
  fs::path deep;
  for (int i = 0; i < 20; ++i) deep /= std::string(220, 'd');
  EXPECT_FALSE(folder.can_hold(deep));
}

TEST(OutputFolder, TakesFilesAndNoLinks) {
  const TempDir place;
  const fs::path valuable = place.write("valuable", "secret");
  place.write("from/sub/a", "one");
  fs::create_symlink(valuable, place.path() / "from/b");
  fs::create_directory_symlink(place.path(), place.path() / "from/c");
  const OutputFolder from(place.path() / "from");
  const OutputFolder to(place.path() / "to");
  for (int twice = 0; twice < 2; ++twice) EXPECT_TRUE(to.take(from, "sub/a"));
  for (const char* name : {"b", "c/valuable", "none", "sub"}) EXPECT_FALSE(to.take(from, name));
  EXPECT_EQ(text_in(place.path() / "to/sub/a"), "one");
  EXPECT_EQ(fs::hard_link_count(place.path() / "to/sub/a"), 2u);
  EXPECT_EQ(names_of(place.path() / "to"), Names{"sub"});
}

TEST(OutputFolder, RemovesWhatWasLeft) {
  const TempDir place;
  for (const char* name : {".saccade-12-3.part", ".saccade", "a.part", "photo"}) {
    place.write(name, "x");
  }
  OutputFolder(place.path()).remove_leftovers();
  EXPECT_EQ(names_of(place.path()), (Names{".saccade", "a.part", "photo"}));
}

TEST(OutputFolder, WritesFromSeveralThreads) {
  const TempDir place;
  const OutputFolder folder(place.path());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        folder.write(fmt::format("sub{}/{}", k, i), std::string_view("mine"));
        folder.write("all", std::string_view("shared"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names_of(place.path()).size(), 21u);
  EXPECT_EQ(text_in(place.path() / "all"), "shared");
}

TEST(RegularFile, ReadsWholeLines) {
  const TempDir place;
  const std::string large(200'000, 'x');
  const fs::path file = place.write("a", "one\n\n" + large + "\ncut");
  auto lines = RegularFile::open(file);
  ASSERT_TRUE(lines);
  std::string line;
  for (const std::string& wanted : {std::string("one"), std::string(), large}) {
    ASSERT_TRUE(lines->next_line(line));
    EXPECT_EQ(line, wanted);
  }
  EXPECT_FALSE(lines->next_line(line));
  lines->seek(4);
  EXPECT_EQ(lines->rest(), "\n" + large + "\ncut");
}

TEST(RegularFile, ReadsNothingElse) {
  const TempDir place;
  fs::create_symlink(place.write("a", "secret"), place.path() / "link");
  ASSERT_EQ(::mkfifo((place.path() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(RegularFile::open(place.path() / "none"));
  expect_error<SystemError>([&] { RegularFile::open(place.path() / "link"); }, {"is a link"});
  expect_error<SystemError>([&] { RegularFile::open(place.path() / "pipe"); },
                            {"is a FIFO, not a regular file"});
  expect_error<SystemError>([&] { RegularFile::open(place.path()); },
                            {"is a folder, not a regular file"});
}

}  // namespace
}  // namespace saccade
