#include "app/predict/class_names.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "app/predict/class_folders.h"

namespace saccade {
namespace {

using Indices = std::vector<int64_t>;
using Names = std::vector<std::string>;

Indices find(const Labels& labels, std::string_view text) {
  return ClassNames(labels, static_cast<int64_t>(labels.descriptions.size())).find(text);
}

Names folders(const Names& descriptions, LabelType type = LabelType::description) {
  const Labels labels{descriptions, {}};
  const ClassNames names(labels, static_cast<int64_t>(descriptions.size()));
  return class_folders(names, labels, type);
}

const Labels kDigits{{"3", "1", "4", "0", "5", "9", "2", "6", "8", "7"}, {}};

TEST(ClassNames, NumbersAreIndicesAndLabels) {
  EXPECT_EQ(find(kDigits, "7"), (Indices{7, 9}));
  EXPECT_EQ(find(kDigits, "1"), Indices{1});  // both
  EXPECT_EQ(find(kDigits, "index:7"), Indices{7});
  EXPECT_EQ(find(kDigits, "label:7"), Indices{9});
  EXPECT_EQ(find(kDigits, "synset:7"), Indices{});
  const ClassNames names(kDigits, 10);
  EXPECT_EQ(names.describe("7", 9), "the label of class 9");
  EXPECT_EQ(names.describe("7", 7), "the index 7");
  EXPECT_EQ(names.decided("7", 9), "label:7");
  EXPECT_EQ(names.decided("7", 7), "index:7");
}

TEST(ClassNames, CaseAndNormalisationDoNotMatter) {
  const Labels labels{{"Caf\xc3\xa9",
                       "Stra\xc3\x9f"
                       "e, Weg",
                       "\xd0\x9a\xd0\xbe\xd1\x82"},
                      {}};
  EXPECT_EQ(find(labels, "CAFE\xcc\x81"), Indices{0});
  EXPECT_EQ(find(labels, "strasse,_weg"), Indices{1});
  EXPECT_EQ(find(labels, "STRASSE"), Indices{1});
  EXPECT_EQ(find(labels, "\xd0\xba\xd0\xbe\xd1\x82"), Indices{2});
  EXPECT_EQ(find(labels, "cafe"), Indices{});
}

TEST(ClassNames, TheNearestIsSpelledAsTheModelDoes) {
  const Labels labels{{"Egyptian cat", "Tabby, Tabby Cat", "\xc3\x85sna"}, {"n1", "n2", "n3"}};
  const ClassNames names(labels, 3);
  EXPECT_EQ(names.nearest("egiptian cat"), "Egyptian cat");
  EXPECT_EQ(names.nearest("tabi cat"), "Tabby Cat");
  EXPECT_EQ(names.nearest("\xc3\xa5sne"), "\xc3\x85sna");
  EXPECT_EQ(names.nearest("zeppelin"), std::nullopt);
}

TEST(ClassNames, ASynsetOfAnotherClassIsAmbiguous) {
  const Labels labels{{"cat", "n01"}, {"n01", "n02"}};
  EXPECT_EQ(find(labels, "n01"), (Indices{0, 1}));
  EXPECT_EQ(find(labels, "synset:n01"), Indices{0});
  EXPECT_EQ(find(labels, "label:N01"), Indices{1});
}

TEST(ClassFolders, AreSanitisedLabels) {
  const std::map<std::string, std::string> wanted{{"tench, Tinca tinca", "tench, Tinca tinca"},
                                                  {"a/b\n\x7f", "a_b__"},
                                                  {".", "_"},
                                                  {"..", "_."},
                                                  {"", "0"},
                                                  {"caf\xC3\xA9", "caf\xC3\xA9"},
                                                  {"x\xFFy", "x\xEF\xBF\xBDy"},
                                                  {"../../etc", "_._.._etc"}};
  for (const auto& [label, name] : wanted) EXPECT_EQ(folders({label}), Names{name});
}

TEST(ClassFolders, EqualNamesGetAnIndex) {
  EXPECT_EQ(folders({"crane", "cat", "crane"}), (Names{"crane 0", "cat", "crane 2"}));
  EXPECT_EQ(folders({"a/b", "a_b"}), (Names{"a_b 0", "a_b 1"}));
  EXPECT_EQ(folders({"Crane", "crane"}), (Names{"Crane 0", "crane 1"}));
  const Names tricky = folders({"crane", "crane 0", "crane"});
  EXPECT_EQ(std::set<std::string>(tricky.begin(), tricky.end()).size(), 3u);
}

TEST(ClassFolders, LongOnesAreCutBetweenCharacters) {
  std::string label = "x";
  for (int i = 0; i < 150; ++i) label += "\xC3\xA9";
  const std::string name = folders({label})[0];
  EXPECT_EQ(name, label.substr(0, 199));
}

TEST(ClassFolders, EachMeansItsClass) {
  const std::vector<Names> all{
      kDigits.descriptions,
      {"T-shirt/top", "Trouser", "Shirt", "crane", "crane", "CRANE", "T-shirt_top"},
      {"a/b", "a b", "a_b", "a, b", "b", "a_b 0", "a_b 2"},
      {"1", "2", "0", "0 2"},
      {"index:1", "x"}};
  for (const Names& descriptions : all) {
    const Labels labels{descriptions, {}};
    const ClassNames names(labels, static_cast<int64_t>(descriptions.size()));
    for (const LabelType type : {LabelType::description, LabelType::index}) {
      const Names made = class_folders(names, labels, type);
      for (size_t i = 0; i < made.size(); ++i) {
        EXPECT_EQ(names.find(made[i]), Indices{static_cast<int64_t>(i)}) << made[i];
      }
    }
  }
}

}  // namespace
}  // namespace saccade
