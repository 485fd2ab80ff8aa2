#include "app/inputs/inputs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;
using test::TempDir;
using Paths = std::vector<std::string>;

/// Expands with `input` as standard input.
Inputs expand(const Paths& arguments, const std::string& input = "",
              const InputOptions& options = {}) {
  const TempDir folder;
  const int fd = ::open(folder.write("stdin", input).c_str(), O_RDONLY);
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } const closer{fd};
  return expand_inputs(arguments, fd, options);
}

TEST(Inputs, FilesKeepTheirOrderAndNeedNotExist) {
  EXPECT_EQ(expand({"b.png", "a.png", "b.png"}).images, (Paths{"b.png", "a.png", "b.png"}));
}

TEST(Inputs, ListsStandWhereTheirArgumentStood) {
  const TempDir folder;
  const std::string list = folder.write("list.txt", "x.png\ny y.png\n").string();
  const Inputs inputs = expand({"a.png", "@" + list, "-", "b.png"}, "in.png\n");
  EXPECT_EQ(inputs.images, (Paths{"a.png", "x.png", "y y.png", "in.png", "b.png"}));
  ASSERT_EQ(inputs.lists.size(), 1u);
  EXPECT_EQ(inputs.lists[0], list);
}

TEST(Inputs, ListsTolerateWindowsAndMissingLastLineEnds) {
  EXPECT_EQ(expand({"-"},
                   "\xef\xbb\xbf"
                   "a.png\r\n\r\n\n b.png ")
                .images,
            (Paths{"a.png", " b.png "}));
}

TEST(Inputs, EntriesOfAListAreFilesWhateverTheyLookLike) {
  EXPECT_EQ(expand({"-"}, "@x\n-\n").images, (Paths{"@x", "-"}));
}

TEST(Inputs, LongListsAreReadWhole) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "picture" + std::to_string(i) + ".png\n";
  const Inputs inputs = expand({"-"}, text);
  ASSERT_EQ(inputs.images.size(), 20000u);
  EXPECT_EQ(inputs.images.back(), "picture19999.png");
}

TEST(Inputs, MissingFolderAndBinaryListsAreUsageErrors) {
  const TempDir folder;
  const std::string missing = (folder.path() / "no.txt").string();
  expect_error<UsageError>([&] { expand({"@" + missing}); }, {missing, "No such file"});
  expect_error<UsageError>([&] { expand({"@" + folder.path().string()}); },
                           {folder.path().string(), "directory"});
  expect_error<UsageError>([&] { expand({"-"}, std::string("a\0b", 3)); },
                           {"standard input", "one path per line"});
}

TEST(Inputs, NothingNamedIsAUsageError) {
  expect_error<UsageError>([] { expand({"-"}, "\n\r\n"); }, {"list is empty"});
}

TEST(Inputs, FoldersStandForTheirPictures) {
  const TempDir folder;
  folder.write("p/b10.png", "");
  folder.write("p/b9.png", "");
  folder.write("p/q/c.png", "");
  folder.write("p/notes.txt", "");
  folder.write("empty/notes.txt", "");
  const std::string p = (folder.path() / "p").string();
  const Inputs one = expand({p + "/"});
  EXPECT_EQ(one.images, (Paths{p + "/b9.png", p + "/b10.png", p + "/q/c.png"}));
  EXPECT_EQ(one.name(2), "q/c.png");
  EXPECT_EQ(one.skipped, 1u);
  const Inputs several = expand({"x.png", p});
  EXPECT_EQ(several.images, (Paths{"x.png", p + "/b9.png", p + "/b10.png", p + "/q/c.png"}));
  EXPECT_EQ(several.name(0), "x.png");
  EXPECT_EQ(several.name(3), p + "/q/c.png");
  const std::string empty = (folder.path() / "empty").string();
  expect_error<UsageError>([&] { expand({empty}); },
                           {empty, "no picture found", "other files: 1", "extension"});
}

TEST(Inputs, FoldersInAListAreExpanded) {
  const TempDir folder;
  folder.write("a.png", "");
  folder.write(".hidden.png", "");
  folder.write(".named/b.png", "");
  const std::string path = folder.path().string();
  const Inputs inputs = expand({"-"}, path + "\n" + path + "/.named\n" + path + "/.hidden.png\n");
  EXPECT_EQ(inputs.images, (Paths{path + "/a.png", path + "/.named/b.png", path + "/.hidden.png"}));
  EXPECT_EQ(inputs.hidden, 2u);
  EXPECT_EQ(inputs.folders, (Paths{path, path + "/.named"}));
  EXPECT_EQ(inputs.name(0), path + "/a.png");
}

TEST(Inputs, NulBytesSeparatePathsIfAskedFor) {
  InputOptions null;
  null.separator = ListSeparator::null;
  EXPECT_EQ(expand({"-"}, std::string("a\nb.png\0c.png\r\0\0d.png", 22), null).images,
            (Paths{"a\nb.png", "c.png\r", "d.png"}));
  EXPECT_EQ(expand({"-"}, "a.png", null).images, Paths{"a.png"});
  expect_error<UsageError>([&] { expand({"-"}, "a.png\nb.png\n", null); }, {"-0", "leave it out"});
  expect_error<UsageError>([] { expand({"-"}, std::string("a.png\0b.png\0", 12)); },
                           {"find -print0", "-0"});
}

TEST(Inputs, Utf16ListsAreNamedAsSuch) {
  for (const std::string& text :
       {std::string("\xff\xfe"
                    "a\0.\0p\0n\0g\0",
                    12),
        std::string("\xfe\xff\0a\0.", 6), std::string("a\0.\0p\0n\0g\0\n\0", 12),
        std::string("\0a\0.\0p\0n\0g", 10)}) {
    expect_error<UsageError>([&] { expand({"-"}, text); }, {"standard input", "UTF-16", "UTF-8"});
  }
}

TEST(Inputs, WindowsPathsHaveAClearOutcome) {
  const TempDir folder;
  folder.write("photos/a.png", "");
  folder.write("b\\c.png", "");
  const std::string path = folder.path().string();
  const Inputs inputs =
      expand({"-"}, path + "\\photos\\a.png\r\n" + path + "/b\\c.png\r\nmissing\\d.png\r\n");
  EXPECT_EQ(inputs.images, (Paths{path + "/photos/a.png", path + "/b\\c.png", "missing\\d.png"}));
  EXPECT_EQ(inputs.backslashed, 1u);
  for (const char* text : {"C:\\Users\\me\\a.png", "d:/photos/a.png", "\\\\server\\share\\a.png"}) {
    expect_error<UsageError>([&] { expand({"-"}, text); }, {"standard input", "Windows"});
  }
}

TEST(RefuseToOverwrite, InputsHoweverTheyAreSpelled) {
  const TempDir folder;
  const auto picture = folder.write("a.png", "a");
  const auto list = folder.write("list.txt", "");
  const auto weights = folder.write("x.safetensors", "");
  const auto other = folder.write("results.csv", "");
  std::filesystem::create_hard_link(picture, folder.path() / "same");
  const Inputs inputs{{"missing.png", picture.string()}, {list}};
  for (const auto& output :
       {picture, folder.path() / "." / "a.png", folder.path() / "same", list, weights}) {
    expect_error<UsageError>([&] { refuse_to_overwrite(output, inputs); },
                             {output.string(), "another file"});
  }
  const auto another = folder.write("other.bin", "\x89PNG\r\n\x1a\n and so on");
  expect_error<UsageError>([&] { refuse_to_overwrite(another, inputs); }, {"is a picture"});
  EXPECT_NO_THROW(refuse_to_overwrite(other, inputs));
  EXPECT_NO_THROW(refuse_to_overwrite(folder.path() / "new.csv", inputs));
}

TEST(RefuseToOverwrite, AnyFileOfTheModelOrALinkToOne) {
  const TempDir folder;
  folder.write("model/config.json", "{}");
  const auto weights = folder.write("model/model-00001-of-00002.safetensors", "x");
  const auto link = folder.path() / "out.csv";
  std::filesystem::create_symlink(weights, link);
  const auto model = folder.path() / "model";
  for (const auto& output : {link, weights, model / "config.json"}) {
    expect_error<UsageError>([&] { refuse_to_overwrite_model(output, model); },
                             {output.string(), "part of the model"});
  }
  EXPECT_NO_THROW(refuse_to_overwrite_model(folder.write("results.csv", ""), model));
}

}  // namespace
}  // namespace saccade
