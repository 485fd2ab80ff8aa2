// The preprocessing of a timm config.json, as timm 1.0.31 resolves it.
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

PreprocessRecipe recipe_of(const json& pretrained, const RecipeOverrides& overrides = {}) {
  return resolve_model(with_pretrained(pretrained), overrides).recipe;
}

TEST(TimmRecipe, Defaults) {
  const ModelConfig model = resolve_model({{"architecture", "test_vit"}, {"num_classes", 3}});
  const PreprocessRecipe& recipe = model.recipe;
  EXPECT_EQ(recipe.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(recipe.resize, (ImageSize{256, 256}));
  EXPECT_EQ(recipe.crop, (ImageSize{224, 224}));
  EXPECT_EQ(recipe.crop_rounding, CropRounding::half_to_even);
  EXPECT_EQ(recipe.interpolation, Interpolation::bicubic);
  EXPECT_EQ(recipe.mean, (std::array{0.485, 0.456, 0.406}));
  EXPECT_EQ(recipe.std, (std::array{0.229, 0.224, 0.225}));
  EXPECT_EQ(recipe.rescale, 1.0 / 255);
  for (const char* field : {"resize", "crop", "interpolation", "mean", "std", "rescale"}) {
    EXPECT_EQ(model.sources.at(field), "family default") << field;
  }
}

TEST(TimmRecipe, FlatAndNestedSayTheSame) {
  const json recipe{{"input_size", {3, 4, 4}}, {"interpolation", "bilinear"},
                    {"crop_pct", 0.5},         {"crop_mode", "squash"},
                    {"mean", {0.1, 0.2, 0.3}}, {"std", {0.5, 0.6, 0.7}}};
  json flat = recipe;
  flat["architecture"] = "test_vit";
  flat["num_classes"] = 3;
  for (const json& config : {flat, with_pretrained(recipe)}) {
    const ModelConfig model = resolve_model(config);
    EXPECT_EQ(model.recipe.resize_rule, ResizeRule::exact);
    EXPECT_EQ(model.recipe.resize, (ImageSize{8, 8}));
    EXPECT_EQ(model.recipe.crop, (ImageSize{4, 4}));
    EXPECT_EQ(model.recipe.interpolation, Interpolation::bilinear);
    EXPECT_EQ(model.recipe.mean, (std::array{0.1, 0.2, 0.3}));
    EXPECT_EQ(model.recipe.std, (std::array{0.5, 0.6, 0.7}));
    for (const char* field : {"resize", "crop", "interpolation", "mean", "std"}) {
      EXPECT_EQ(model.sources.at(field), "config.json") << field;
    }
  }
}

TEST(TimmRecipe, WhatIsFalseInPythonIsAbsent) {
  for (const json& nothing :
       {json(nullptr), json(0), json(0.0), json(""), json(false), json::array()}) {
    const ModelConfig model = resolve_model(with_pretrained({{"crop_pct", nothing},
                                                             {"interpolation", nothing},
                                                             {"crop_mode", nothing},
                                                             {"mean", nothing},
                                                             {"std", nothing}}));
    EXPECT_EQ(model.recipe.resize, (ImageSize{4, 4})) << "floor(4 / 0.875)";
    EXPECT_EQ(model.recipe.interpolation, Interpolation::bicubic);
    EXPECT_EQ(model.recipe.mean[0], 0.485);
    EXPECT_EQ(model.recipe.std[0], 0.229);
    for (const char* field : {"interpolation", "mean", "std"}) {
      EXPECT_EQ(model.sources.at(field), "family default") << field;
    }
  }
}

TEST(TimmRecipe, OneMeanServesAllChannels) {
  EXPECT_EQ(recipe_of({{"mean", {0.3}}}).mean, (std::array{0.3, 0.3, 0.3}));
}

TEST(TimmRecipe, Modes) {
  const auto rule = [](const json& mode, std::vector<int> size) {
    return recipe_of({{"crop_mode", mode}, {"input_size", size}}).resize_rule;
  };
  EXPECT_EQ(rule("center", {3, 4, 4}), ResizeRule::shortest_edge);
  EXPECT_EQ(rule("squash", {3, 4, 4}), ResizeRule::exact);
  EXPECT_EQ(rule("border", {3, 4, 4}), ResizeRule::fit);
  EXPECT_EQ(rule("something", {3, 4, 4}), ResizeRule::shortest_edge);
  const test::TinyTensors wide = tensors_with("pos_embed", {1, 7, 6});
  EXPECT_EQ(
      resolve_model(with_pretrained({{"input_size", {3, 4, 6}}}), {}, wide).recipe.resize_rule,
      ResizeRule::cover);
  EXPECT_EQ(recipe_of({{"crop_mode", "border"}, {"mean", {0.5, 0.2, 1}}}).fill,
            (std::array<uint8_t, 3>{128, 51, 255}));
}

TEST(TimmRecipe, TestSizesOnlyWhenAsked) {
  const json config{{"input_size", {3, 4, 4}},
                    {"test_input_size", {3, 8, 8}},
                    {"crop_pct", 1.0},
                    {"test_crop_pct", 0.5}};
  EXPECT_EQ(recipe_of(config).output_size(), (ImageSize{4, 4}));
  EXPECT_EQ(recipe_of(config).resize, (ImageSize{4, 4}));
  EXPECT_EQ(recipe_of(config, {.use_test_size = true}).output_size(), (ImageSize{8, 8}));
  EXPECT_EQ(recipe_of(config, {.use_test_size = true}).resize, (ImageSize{16, 16}));
  const json partly{{"crop_pct", 0.5}, {"test_crop_pct", 0}, {"test_input_size", nullptr}};
  EXPECT_EQ(recipe_of(partly, {.use_test_size = true}).resize, (ImageSize{8, 8}));
  EXPECT_EQ(recipe_of(config, {.img_size = ImageSize{6, 6}, .use_test_size = true}).output_size(),
            (ImageSize{6, 6}));
}

// timm's _parse_model_cfg.
TEST(TimmRecipe, FixedInputSizeIsThatOfModelArgs) {
  const auto size = [](const json& pretrained, const json& args) {
    return resolve_model(with({{"pretrained_cfg", pretrained}, {"model_args", args}}))
        .recipe.output_size();
  };
  EXPECT_EQ(size({{"fixed_input_size", true}}, {{"img_size", 8}}), (ImageSize{8, 8}));
  EXPECT_EQ(size({{"fixed_input_size", true}}, {{"img_size", {8, 6}}}), (ImageSize{8, 6}));
  EXPECT_EQ(size({{"fixed_input_size", false}}, {{"img_size", 8}}), (ImageSize{4, 4}));
  EXPECT_EQ(size(json::object(), {{"img_size", 8}}), (ImageSize{4, 4}));
  EXPECT_EQ(size({{"fixed_input_size", true}}, {{"img_size", 8}, {"dynamic_img_size", true}}),
            (ImageSize{4, 4}));
  EXPECT_EQ(size({{"fixed_input_size", true}}, {{"img_size", 8}, {"strict_img_size", false}}),
            (ImageSize{4, 4}));
}

// TimmWrapperImageProcessor gives pretrained_cfg to timm as arguments, among which is img_size.
TEST(TimmRecipe, TransformersWrapperLooksForImgSize) {
  const auto size = [](const json& pretrained, const json& type) {
    const json changes{{"pretrained_cfg", pretrained}, {"model_type", type}};
    return resolve_model(with(changes), {.crop_pct = 1.0}).recipe.output_size();
  };
  const json both{{"img_size", 8}, {"input_size", {3, 4, 4}}};
  EXPECT_EQ(size({{"img_size", 8}, {"input_size", nullptr}}, "timm_wrapper"), (ImageSize{8, 8}));
  EXPECT_EQ(size(both, "timm_wrapper"), (ImageSize{4, 4}));
  EXPECT_EQ(size(both, nullptr), (ImageSize{4, 4}));
}

TEST(TimmRecipe, TheCommandLineWins) {
  const ModelConfig model = resolve_model(
      with_pretrained({{"interpolation", "random"}, {"mean", {1, 1, 1}}, {"crop_pct", 0.5}}),
      {.img_size = ImageSize{8, 8},
       .crop_pct = 0.8,
       .crop_mode = CropMode::squash,
       .interpolation = Interpolation::box,
       .mean = std::array{0.1, 0.2, 0.3},
       .std = std::array{1.0, 2.0, 3.0},
       .apply_exif = false});
  EXPECT_EQ(model.recipe.resize, (ImageSize{10, 10}));
  EXPECT_EQ(model.recipe.resize_rule, ResizeRule::exact);
  EXPECT_EQ(model.recipe.interpolation, Interpolation::box);
  EXPECT_EQ(model.recipe.mean, (std::array{0.1, 0.2, 0.3}));
  EXPECT_EQ(model.recipe.std, (std::array{1.0, 2.0, 3.0}));
  for (const char* field : {"resize", "crop", "interpolation", "mean", "std", "exif"}) {
    EXPECT_EQ(model.sources.at(field), "command line") << field;
  }
}

// The resize follows from the size, the part and the mode.
TEST(TimmRecipe, TheStrongestSourceOfTheResizeIsNamed) {
  const auto sources = [](const json& pretrained, const RecipeOverrides& overrides) {
    json config{{"architecture", "test_vit"}, {"pretrained_cfg", pretrained}};
    const Provenance from = resolve_model(config, overrides).sources;
    return std::pair(from.at("crop"), from.at("resize"));
  };
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(sources({{"crop_pct", 0.9}}, {}), (Pair{"family default", "config.json"}));
  EXPECT_EQ(sources({{"input_size", {3, 4, 4}}}, {}), (Pair{"config.json", "config.json"}));
  EXPECT_EQ(sources({{"input_size", {3, 4, 4}}}, {.crop_pct = 0.5}),
            (Pair{"config.json", "command line"}));
  EXPECT_EQ(sources({{"crop_pct", 0.9}}, {.img_size = ImageSize{4, 4}}),
            (Pair{"command line", "command line"}));
}

TEST(TimmRecipe, AbsurdValuesAreRefused) {
  for (const json& value : {json(-0.5), json(1e308), json(1e-300), json(11), json("0.9"),
                            json(true), json{{"a", 1}}, json::array({0.9})}) {
    expect_refused(with_pretrained({{"crop_pct", value}}), {"\"pretrained_cfg.crop_pct\""});
  }
  for (const json& size :
       {json::array({3, 0, 4}), json::array({3, 4}), json::array({3, 4, -4}),
        json::array({3, 4.5, 4}), json::array({3, 1e308, 4}), json::array({3, 16385, 4}),
        json::array({3, "4", 4}), json(4), json("4"), json::array()}) {
    expect_refused(with_pretrained({{"input_size", size}}), {"\"pretrained_cfg.input_size\""});
  }
  for (const char* key : {"mean", "std"}) {
    for (const json& list : {json::array({1, 2}), json::array({1, 2, 3, 4}), json(0.5), json("x"),
                             json::array({1, 2, "3"}), json::array({1e308, 1, 1})}) {
      expect_refused(with_pretrained({{key, list}}), {key});
    }
  }
  expect_refused(with_pretrained({{"std", {1, 0, 1}}}), {"\"pretrained_cfg.std\"", "near 0"});
  for (const json& name : {json("random"), json("Bicubic"), json(3), json("\n")}) {
    expect_refused(with_pretrained({{"interpolation", name}}),
                   {"\"pretrained_cfg.interpolation\""});
  }
  // 4 / 10 rounds down to nothing; 16384 / 0.01 is more than any picture.
  expect_refused(with_pretrained({{"crop_pct", 10}}), {"resizes to 0x0"});
  expect_refused(with_pretrained({{"input_size", {3, 16384, 16384}}, {"crop_pct", 0.01}}),
                 {"resizes to 1638400x1638400", "wanted sides of 1 to 16384"});
}

}  // namespace
}  // namespace saccade
