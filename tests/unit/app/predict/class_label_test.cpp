#include "app/predict/class_label.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

TEST(ClassLabel, TakesTheListAskedFor) {
  const Labels labels{{"tench", "goldfish"}, {"n01440764", "n01443537"}};
  EXPECT_EQ(class_label(labels, 1, LabelType::description), "goldfish");
  EXPECT_EQ(class_label(labels, 1, LabelType::name), "n01443537");
  EXPECT_EQ(class_label(labels, 1, LabelType::index), "1");
}

TEST(ClassLabel, FallsBackToTheOtherListThenToTheIndex) {
  EXPECT_EQ(class_label({{}, {"a"}}, 0, LabelType::description), "a");
  EXPECT_EQ(class_label({{"a"}, {}}, 0, LabelType::name), "a");
  EXPECT_EQ(class_label({{""}, {}}, 0, LabelType::description), "0");
  EXPECT_EQ(class_label({{"a"}, {"b"}}, 7, LabelType::name), "7");
  EXPECT_EQ(class_label({}, 3, LabelType::description), "3");
}

}  // namespace
}  // namespace saccade
