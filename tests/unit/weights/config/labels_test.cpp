#include "weights/config/labels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace saccade {
namespace {

TEST(Imagenet1kLabels, AreTheWholeListInItsOrder) {
  const Labels& labels = imagenet1k_labels();
  ASSERT_EQ(labels.names.size(), 1000u);
  ASSERT_EQ(labels.descriptions.size(), 1000u);
  EXPECT_EQ(labels.names[0], "n01440764");
  EXPECT_EQ(labels.descriptions[0], "tench, Tinca tinca");
  EXPECT_EQ(labels.names[281], "n02123045");
  EXPECT_EQ(labels.descriptions[281], "tabby, tabby cat");
  EXPECT_EQ(labels.names[999], "n15075141");
  EXPECT_EQ(std::set(labels.names.begin(), labels.names.end()).size(), 1000u);
  EXPECT_TRUE(std::is_sorted(labels.names.begin(), labels.names.end()));
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(labels.names[i].size(), 9u) << i;
    EXPECT_FALSE(labels.descriptions[i].empty()) << i;
    EXPECT_EQ(labels.descriptions[i].find_first_of("\t\r\n"), std::string::npos) << i;
  }
}

TEST(AddSynsets, OnlyToImagenetsOwnWords) {
  Labels same{imagenet1k_labels().descriptions, {}};
  for (size_t i = 0; i < 100; ++i) same.descriptions[i * 10] = "other";  // nine tenths remain
  add_synsets(same);
  EXPECT_EQ(same.names, imagenet1k_labels().names);

  Labels other{imagenet1k_labels().descriptions, {}};
  for (size_t i = 0; i < 101; ++i) other.descriptions[i * 9] = "other";
  add_synsets(other);
  EXPECT_TRUE(other.names.empty());

  Labels rotated{imagenet1k_labels().descriptions, {}};
  std::rotate(rotated.descriptions.begin(), rotated.descriptions.begin() + 1,
              rotated.descriptions.end());
  add_synsets(rotated);
  EXPECT_TRUE(rotated.names.empty());

  Labels few{{"tench", "goldfish"}, {}};
  add_synsets(few);
  EXPECT_TRUE(few.names.empty());
}

TEST(AddSynsets, ToSubsetsInImagenetsOrder) {
  const auto synsets = [](std::vector<std::string> descriptions) {
    Labels labels{std::move(descriptions), {}};
    add_synsets(labels);
    return labels.names;
  };
  using Names = std::vector<std::string>;
  const std::string tench = "tench, Tinca tinca", goldfish = "goldfish, Carassius auratus";
  EXPECT_EQ(synsets({tench, goldfish}), (Names{"n01440764", "n01443537"}));
  EXPECT_EQ(synsets({goldfish, tench}), Names{});
  EXPECT_EQ(synsets({tench, tench}), Names{});
  EXPECT_EQ(synsets({}), Names{});
  // A crane is a bird between goose and limpkin, a machine after "convertible".
  EXPECT_EQ(synsets({tench, "crane"}), Names{});
  EXPECT_EQ(synsets({tench, "crane", "limpkin, Aramus pictus"}),
            (Names{"n01440764", "n02012849", "n02013706"}));
  EXPECT_EQ(synsets({"convertible", "crane"}), (Names{"n03100240", "n03126707"}));
}

TEST(AddSynsets, KeepsNamesThatAreThere) {
  Labels labels{imagenet1k_labels().descriptions, std::vector<std::string>(1000, "own")};
  add_synsets(labels);
  EXPECT_EQ(labels.names[0], "own");
}

}  // namespace
}  // namespace saccade
