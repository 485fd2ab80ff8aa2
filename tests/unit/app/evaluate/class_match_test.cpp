#include "app/evaluate/class_match.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;
using Indices = std::vector<int64_t>;

const Labels kLabels{{"tabby, tabby cat", "tiger cat", "crane", "crane", "maillot",
                      "maillot, tank suit", "Crock Pot"},
                     {"n01", "n02", "n03", "n04", "n05", "n06", "n07"}};

LabelledSet set_of(const std::vector<std::string>& classes, const std::string& column = "") {
  LabelledSet set;
  set.classes = classes;
  set.folders = classes;
  set.column = column;
  return set;
}

ClassMatch match(const std::vector<std::string>& names,
                 std::optional<ClassScheme> wanted = std::nullopt,
                 const std::string& column = "class", const Labels& labels = kLabels) {
  return match_classes(set_of(names, column), labels, 7, wanted, "photos");
}

TEST(ClassMatch, LabelsMatchWholeOrByASynonym) {
  const ClassMatch found = match(
      {"tabby, tabby cat", "Tabby_Cat", "TABBY", "tiger cat", "maillot", "tank_suit", "crock_pot"});
  EXPECT_EQ(found.scheme, ClassScheme::label);
  EXPECT_EQ(found.indices, (Indices{0, 0, 0, 1, 4, 5, 6}));
}

TEST(ClassMatch, SynsetsAndIndicesMatch) {
  const ClassMatch synsets = match({"n07", "n01"});
  EXPECT_EQ(synsets.scheme, ClassScheme::synset);
  EXPECT_EQ(synsets.indices, (Indices{6, 0}));
  const ClassMatch indices = match({"0", "06", "3"});
  EXPECT_EQ(indices.scheme, ClassScheme::index);
  EXPECT_EQ(indices.indices, (Indices{0, 6, 3}));
}

TEST(ClassMatch, AllClassesUseOneScheme) {
  expect_error<UsageError>(
      [] {
        match({"tabby", "tiger cat", "n03"});
      },
      {"photos", "\"n03\"", "is not a label", "--class-map"});
  expect_error<UsageError>(
      [] {
        match({"0", "1", "tabby"});
      },
      {"\"tabby\"", "is not an index from 0 to 6"});
}

TEST(ClassMatch, AnUnknownNameIsRefusedWithTheNearest) {
  expect_error<UsageError>(
      [] {
        match({"tabby", "tigr cat"});
      },
      {"\"tigr cat\"", "the nearest is \"tiger cat\"", "--class-map"});
  expect_error<UsageError>([] { match({"6", "7"}); }, {"\"7\"", "is not an index from 0 to 6"});
}

TEST(ClassMatch, AnAmbiguousLabelIsRefused) {
  expect_error<UsageError>(
      [] {
        match({"tabby", "crane"});
      },
      {"\"crane\"", "label of several classes, 2, 3"});
}

TEST(ClassMatch, NumbersThatAreLabelsAndIndicesAreRefused) {
  const Labels digits{{"1", "2", "3"}, {}};
  const auto numbers = [&](const std::vector<std::string>& names,
                           std::optional<ClassScheme> wanted = std::nullopt) {
    return match_classes(set_of(names, "class"), digits, 3, wanted, "photos");
  };
  for (const auto& names : std::vector<std::vector<std::string>>{{"1", "2"}, {"0", "1"}}) {
    expect_error<UsageError>(
        [&] { numbers(names); },
        {"\"1\" is the label of class 0 or the index 1: label:1 or index:1", "--classes"});
  }
  EXPECT_EQ(numbers({"0", "1"}, ClassScheme::index).indices, (Indices{0, 1}));
  EXPECT_EQ(numbers({"1", "2"}, ClassScheme::label).indices, (Indices{0, 1}));
  EXPECT_EQ(numbers({"1", "3"}).indices, (Indices{0, 2}));  // there is no index 3
  EXPECT_EQ(numbers({"index:1", "label:1", "3"}).indices, (Indices{1, 0, 2}));
}

TEST(ClassMatch, FoldersThatSortIntoFoldersMadeAreUnderstood) {
  const Labels labels{{"T-shirt/top", "Trouser", "crane", "crane", "3"}, {}};
  const ClassMatch found = match_classes(set_of({"T-shirt_top", "Trouser", "crane 3", "3 4"}),
                                         labels, 5, std::nullopt, "sorted");
  EXPECT_EQ(found.indices, (Indices{0, 1, 3, 4}));
}

TEST(ClassMatch, TheColumnNamesTheSchemeAndTheOptionOverridesIt) {
  expect_error<UsageError>([] { match({"tabby"}, std::nullopt, "index"); }, {"is not an index"});
  EXPECT_EQ(match({"tabby"}, ClassScheme::label, "index").indices, Indices{0});
  EXPECT_EQ(match({"n02"}, std::nullopt, "synset").scheme, ClassScheme::synset);
}

TEST(ClassMatch, SortedFoldersAreTheClassesInOrder) {
  LabelledSet set = set_of({"b10", "B2", "a", "d", "e", "f", "g"});
  set.classes = {"B2", "b10", "g"};
  const auto sorted = [&] { return match_classes(set, kLabels, 7, ClassScheme::sorted, "photos"); };
  EXPECT_EQ(sorted().indices, (Indices{1, 2, 6}));
  set.folders.pop_back();
  expect_error<UsageError>(sorted, {"6 folders", "7 classes"});
  set.column = "class";
  expect_error<UsageError>(sorted, {"needs a folder"});
}

TEST(ClassMatch, AFileMapsNames) {
  const test::TempDir folder;
  const auto map = [&](const std::string& text) {
    return map_classes(set_of({"Katze", "Hund"}), 7, folder.write("map.tsv", text).string());
  };
  const ClassMatch found = map("name\tindex\nHund\t5\nMaus\t1\nKatze\t0\n");
  EXPECT_EQ(found.scheme, ClassScheme::map);
  EXPECT_EQ(found.indices, (Indices{0, 5}));
  expect_error<UsageError>([&] { map("name\tindex\nHund\t5\n"); }, {"no line", "\"Katze\""});
  expect_error<UsageError>([&] { map("name\tindex\nHund\t7\n"); }, {"line 2", "0 to 6"});
  expect_error<UsageError>([&] { map("name\tindex\nHund\t-1\n"); }, {"line 2", "0 to 6"});
  expect_error<UsageError>([&] { map("name\tindex\nHund\t1\nHund\t1\n"); }, {"line 3", "twice"});
  EXPECT_EQ(map("name\tindex\nHUND\t5\nkatze\t0\n").indices, (Indices{0, 5}));
  expect_error<UsageError>([&] { map("Hund\t1\n"); }, {"line 1", "name and index"});
}

}  // namespace
}  // namespace saccade
