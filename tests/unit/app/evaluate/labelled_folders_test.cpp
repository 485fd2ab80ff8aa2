#include "app/evaluate/labelled_folders.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

TEST(LabelledFolders, DeeperFoldersBelongToTheTopLevelClass) {
  const test::TempDir folder;
  for (const char* name : {"b10/x.jpg", "b2/y.jpg", "b2/deep/er/z.jpg", "loose.jpg", "b2/notes.md",
                           "empty/readme.txt"}) {
    folder.write(name, "");
  }
  const LabelledSet set = read_labelled_folder(folder.path());
  EXPECT_EQ(set.classes, (std::vector<std::string>{"b2", "b10"}));
  EXPECT_EQ(set.folders, (std::vector<std::string>{"b2", "b10", "empty"}));
  EXPECT_EQ(set.class_of, (std::vector<size_t>{0, 0, 1}));
  const std::string root = folder.path().string();
  EXPECT_EQ(set.images, (std::vector<std::string>{root + "/b2/deep/er/z.jpg", root + "/b2/y.jpg",
                                                  root + "/b10/x.jpg"}));
  EXPECT_EQ(set.outside, 1u);
  EXPECT_EQ(set.skipped, 2u);
  EXPECT_EQ(set.column, "");
  EXPECT_EQ(read_labelled_folder(root + "/").classes, set.classes);
}

TEST(LabelledFolders, AFolderWithoutClassesIsRefused) {
  const test::TempDir folder;
  const auto read = [&] { read_labelled_folder(folder.path()); };
  expect_error<UsageError>(read,
                           {folder.path().string(), "no picture found", "sub-folder per class"});
  folder.write("loose.jpg", "");
  expect_error<UsageError>(read, {"are in no sub-folder", "a list of files and classes"});
}

class LabelledList : public testing::Test {
 protected:
  LabelledSet read(const std::string& text) {
    return read_labelled_list(folder.write("list.tsv", text), "root");
  }
  void expect_usage_error(const std::string& text, std::initializer_list<std::string> facts) {
    expect_error<UsageError>([&] { read(text); }, facts);
  }
  const test::TempDir folder;
};

TEST_F(LabelledList, RowsAreFilesAndClasses) {
  const LabelledSet set = read(
      "\xEF\xBB\xBF"
      "size\tfile\tlabel\r\n3\tb.jpg\ttabby cat\r\n\r\n4\t/a.jpg\tdog\r\n5\tc.jpg\ttabby cat");
  EXPECT_EQ(set.column, "label");
  EXPECT_EQ(set.images, (std::vector<std::string>{"root/b.jpg", "/a.jpg", "root/c.jpg"}));
  EXPECT_EQ(set.classes, (std::vector<std::string>{"tabby cat", "dog"}));
  EXPECT_EQ(set.class_of, (std::vector<size_t>{0, 1, 0}));
}

TEST_F(LabelledList, BadListsAreRefusedByLine) {
  expect_usage_error("path\tclass\na.jpg\tcat\n", {"list.tsv: line 1: no column 'file'"});
  expect_usage_error("file\tkind\na.jpg\tcat\n", {"line 1: no column 'class'", "synset"});
  expect_usage_error("file\tlabel\tindex\na.jpg\tcat\t1\n", {"line 1", "'index' and 'label'"});
  expect_usage_error("file\tclass\na.jpg\n", {"line 2: 1 fields, the header has 2"});
  expect_usage_error("file\tclass\na.jpg\tcat\nb.jpg\t\n", {"line 3: no class"});
  expect_usage_error("file\tclass\n\tcat\n", {"line 2: no file"});
  expect_usage_error("file\tclass\na.jpg\tcat\nb.jpg\tdog\na.jpg\tdog\n",
                     {"line 4", "\"a.jpg\" is listed twice", "line 2"});
  expect_usage_error("file\tclass\n", {"lists no picture"});
  EXPECT_THROW(read(""), SystemError);
  EXPECT_THROW(read_labelled_list(folder.path() / "none.tsv", "root"), SystemError);
}

}  // namespace
}  // namespace saccade
