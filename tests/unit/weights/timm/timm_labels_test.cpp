// The class names of a timm config.json, as timm 1.0.31 reads them.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_timm.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::resolve_model;
using test::tensors_with;
using test::with;
using test::with_pretrained;

TEST(TimmLabels, ListWithDescriptions) {
  const ModelConfig model =
      resolve_model(with({{"label_names", {"n1", "n2", "n3"}},
                          {"label_descriptions", {{"n1", "one"}, {"n3", "three"}}}}));
  EXPECT_EQ(model.labels.names, (std::vector<std::string>{"n1", "n2", "n3"}));
  EXPECT_EQ(model.labels.descriptions, (std::vector<std::string>{"one", "n2", "three"}));
  EXPECT_EQ(model.sources.at("labels"), "config.json");
}

TEST(TimmLabels, ObjectWithGapsAndAShortList) {
  const std::vector<std::string> gaps{"a", "<unmapped:1>", "c"};
  EXPECT_EQ(resolve_model(with({{"label_names", {{"2", "c"}, {"0", "a"}}}})).labels.names, gaps);
  EXPECT_EQ(resolve_model(with({{"label_names", {"a"}}})).labels.names,
            (std::vector<std::string>{"a", "<unmapped:1>", "<unmapped:2>"}));
  EXPECT_EQ(resolve_model(with({{"label_names", {"a", 7, "c", "d"}}})).labels.names,
            (std::vector<std::string>{"a", "7", "c"}));
}

TEST(TimmLabels, OuterBeforeInnerBeforeNone) {
  const json inner{{"label_names", {"x", "y", "z"}}};
  EXPECT_EQ(resolve_model(with_pretrained(inner)).labels.names[0], "x");
  EXPECT_EQ(resolve_model(with({{"pretrained_cfg", inner}, {"label_names", {"a", "b", "c"}}}))
                .labels.names[0],
            "a");
  EXPECT_EQ(
      resolve_model({{"architecture", "test_vit"}, {"labels", {"old", "b", "c"}}}).labels.names[0],
      "old");
  const ModelConfig none = resolve_model(test::tiny_timm_config());
  EXPECT_TRUE(none.labels.names.empty());
  EXPECT_TRUE(none.labels.descriptions.empty());
  EXPECT_EQ(none.sources.at("labels"), "none in the checkpoint");
}

TEST(TimmLabels, AThousandClassesAreImageNets) {
  test::TinyTensors tensors = tensors_with("head.weight", {1000, 6});
  test::find_tensor(tensors, "head.bias").shape = {1000};
  const ModelConfig model = resolve_model({{"architecture", "test_vit"}}, {}, tensors);
  EXPECT_EQ(model.labels.names.front(), "n01440764");
  EXPECT_EQ(model.labels.descriptions.front(), "tench, Tinca tinca");
  EXPECT_EQ(model.sources.at("labels"), "timm's ImageNet-1k list");
}

TEST(TimmLabels, OtherKindsAreRefused) {
  for (const json& names : {json("cat"), json(3), json(true)}) {
    expect_refused(with({{"label_names", names}}), {"\"label_names\"", "wanted a list of names"});
  }
  expect_refused(with({{"label_names", {"a", "b", "c"}}, {"label_descriptions", {{"a", 5}}}}),
                 {"\"label_descriptions.a\" is 5; wanted a text"});
  expect_refused(with({{"label_names", {"a", "b", "c"}}, {"label_descriptions", {"x"}}}),
                 {"\"label_descriptions\"", "wanted an object"});
}

TEST(TimmLabels, SubsetsOfImagenetByTheirSize) {
  const auto label = [](int64_t classes, size_t index) {
    const auto subset = imagenet_subset(classes);
    EXPECT_EQ(subset->labels.names.size(), size_t(classes));
    return subset->labels.names[index] + " " + subset->labels.descriptions[index];
  };
  // By timm 1.0.31's ImageNetInfo.
  EXPECT_EQ(label(21843, 19262), "n12318378 walnut, walnut tree");
  EXPECT_EQ(label(1000, 999), "n15075141 toilet tissue, toilet paper, bathroom tissue");
  EXPECT_EQ(label(11221, 11220), "n15102894 knothole");
  EXPECT_EQ(label(11821, 5000), "n03659950 lever lock");
  EXPECT_EQ(label(21841, 21840), "n15102894 knothole");
  EXPECT_EQ(label(21842, 1000), "n00004475 organism, being");
  EXPECT_EQ(label(21842, 21841), "n15102894 knothole");
  EXPECT_EQ(label(21843, 2), "n00006024 heterotroph");
  EXPECT_FALSE(imagenet_subset(100));
}

}  // namespace
}  // namespace saccade
