// What a timm config.json and its tensors mean, as timm 1.0.31 reads them.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_timm.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;
using test::expect_refused;
using test::resolve_model;
using test::tensors_with;
using test::with;
using test::with_args;
using test::with_pretrained;

// ---- the transformer

TEST(TimmConfig, SizesComeFromTheTensors) {
  const ModelConfig model = resolve_model(test::tiny_timm_config());
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "test_vit");
  EXPECT_EQ(vit.dim, 6);
  EXPECT_EQ(vit.tokens.channels, 3);
  EXPECT_EQ(vit.tokens.patch, 2);
  EXPECT_EQ(vit.depth, 2);
  EXPECT_EQ(vit.attention.heads, 2);
  EXPECT_EQ(vit.mlp.hidden_dim, 8);
  EXPECT_EQ(vit.head.classes, 3);
  EXPECT_EQ(vit.tokens.image, (ImageSize{4, 4}));
  EXPECT_EQ(vit.norms.eps, 1e-6);
  EXPECT_EQ(vit.attention.qkv_bias, QkvBias::all);
  EXPECT_EQ(vit.mlp.activation, Activation::gelu);
  EXPECT_EQ(vit.positions.resize, PosEmbedResize::bicubic_antialias);
  EXPECT_EQ(model.activation, ScoreActivation::softmax);
  for (const char* field : {"dim", "channels", "patch", "depth", "mlp_dim", "classes", "image",
                            "qkv_bias", "qk_norm", "layer_scale", "tokens"}) {
    EXPECT_EQ(model.sources.at(field), "tensor shape") << field;
  }
  for (const char* field : {"norm_eps", "heads", "activation", "pooling"}) {
    EXPECT_EQ(model.sources.at(field), "family default") << field;
  }
  EXPECT_EQ(model.sources.at("family"), "config.json");
}

TEST(TimmConfig, ArchitectureMayCarryOwnerAndTag) {
  for (const char* name :
       {"test_vit", "timm/test_vit", "test_vit.r160_in1k", "timm/test_vit.a.b"}) {
    const ModelConfig model = resolve_model(with({{"architecture", name}}));
    EXPECT_EQ(model.architecture, name);
    EXPECT_EQ(model.family->name, "ViT (timm)");
  }
  for (const char* name : {"resnet50", "", "/", ".", "vit_base_patch16_224_gap", "\n\x1b["}) {
    expect_refused(with({{"architecture", name}}), {"is none of timm's vision transformers"});
  }
  expect_refused(with({{"architecture", "timm/vit_base_patch16_244.orig"}}),
                 {"\"timm/vit_base_patch16_244.orig\"", "such as vit_base_patch16_224"});
  expect_refused(with({{"architecture", 3}}), {"\"architecture\" is 3; wanted a text"});
}

// timm's entry points fix the number of heads whatever the width.
TEST(TimmConfig, HeadsByName) {
  EXPECT_EQ(resolve_model(with({{"architecture", "vit_tiny_patch16_224"}})).vit.attention.heads, 3);
  const ModelConfig own = resolve_model(
      with({{"architecture", "vit_tiny_patch16_224"}, {"model_args", {{"num_heads", 6}}}}));
  EXPECT_EQ(own.vit.attention.heads, 6);
  EXPECT_EQ(own.sources.at("heads"), "config.json");
  expect_refused(with({{"architecture", "vit_base_patch16_224"}}),
                 {"width 6 is not divisible by 12 attention heads"});
}

TEST(TimmConfig, ModelArgs) {
  const ModelConfig model = resolve_model(with_args({{"act_layer", "quick_gelu"},
                                                     {"qkv_bias", true},
                                                     {"drop_path_rate", 0.1},
                                                     {"global_pool", "token"},
                                                     {"embed_dim", 6},
                                                     {"class_token", nullptr},
                                                     {"pool_include_prefix", false}}));
  EXPECT_EQ(model.vit.mlp.activation, Activation::quick_gelu);
  EXPECT_EQ(model.sources.at("activation"), "config.json");
  EXPECT_FALSE(model.vit.pooling.include_prefix);
  EXPECT_TRUE(resolve_model(with_args({{"pool_include_prefix", true}})).vit.pooling.include_prefix);
  for (const char* name : {"embed_layer", "nonsense", "a\x1b\nb", "use_naflex"}) {
    for (const json& value : {json(true), json(1), json("x"), json::object()}) {
      expect_refused(with_args({{name, value}}), {"\"model_args.", "Saccade cannot honour it"});
    }
  }
  for (const char* pool : {"max", "map", ""}) {
    expect_refused(with_args({{"global_pool", pool}}), {"\"model_args.global_pool\""});
  }
  expect_refused(with_args({{"act_layer", "mish"}}), {"activation \"mish\" is not supported"});
  for (const json& heads : {json(0), json(-2), json("2"), json(1e12), json(1e308), json(4)}) {
    expect_refused(with_args({{"num_heads", heads}}), {"heads"});
  }
  expect_refused(with({{"model_args", json::array()}}), {"\"model_args\" is []; wanted an object"});
  expect_refused(with({{"pretrained_cfg", 5}}), {"\"pretrained_cfg\" is 5; wanted an object"});
}

TEST(TimmConfig, ClassCountsMustAgree) {
  const std::string rows = "wanted 3, the rows of 'head.weight'";
  expect_refused(with({{"num_classes", 4}}), {"\"num_classes\" is 4", rows});
  // model_args before the outer object before the inner one.
  json config = with({{"model_args", {{"num_classes", 3}}}, {"num_classes", 4}});
  EXPECT_EQ(resolve_model(config).vit.head.classes, 3);
  config["model_args"]["num_classes"] = 5;
  config["num_classes"] = 3;
  expect_refused(config, {"\"model_args.num_classes\" is 5", rows});
  config = with_pretrained({{"num_classes", 1000}});
  EXPECT_EQ(resolve_model(config).vit.head.classes, 3);
  config.erase("num_classes");
  expect_refused(config, {"\"pretrained_cfg.num_classes\" is 1000", rows});
  for (const json& count : {json(-1), json(1e308), json("3"), json(1e13), json(0)}) {
    expect_refused(with({{"num_classes", count}}), {"\"num_classes\""});
  }
}

TEST(TimmConfig, OneClassGetsASigmoid) {
  test::TinyTensors tensors = tensors_with("head.weight", {1, 6});
  test::find_tensor(tensors, "head.bias").shape = {1};
  EXPECT_EQ(resolve_model(with({{"num_classes", 1}}), {}, tensors).activation,
            ScoreActivation::sigmoid);
}

TEST(TimmConfig, WithoutAClassifierThereIsNoAnswer) {
  test::TinyTensors tensors = test::tiny_timm_tensors();
  std::erase_if(tensors, [](const auto& tensor) { return tensor.name.starts_with("head."); });
  expect_refused(with({{"num_classes", 0}}),
                 {"no classifier in this checkpoint", "'head.weight'", "num_classes above 0"},
                 tensors);
}

TEST(TimmConfig, AbsurdTensorsAreRefused) {
  const json config = test::tiny_timm_config();
  constexpr int64_t huge = int64_t{1} << 62;
  expect_refused(config, {"4 dimensions, wanted"}, tensors_with("head.weight", {1, 1, 3, 6}));
  expect_refused(config, {"'patch_embed.proj.weight' has 2 dimensions, wanted 4"},
                 tensors_with("patch_embed.proj.weight", {6, 12}));
  expect_refused(config, {"has patches of 0"},
                 tensors_with("patch_embed.proj.weight", {6, 3, 0, 2}));
  expect_refused(config, {"has patches of"},
                 tensors_with("patch_embed.proj.weight", {0, 3, huge, 2}));
  expect_refused(config, {"width is 0"}, tensors_with("patch_embed.proj.weight", {0, 3, 2, 2}));
  expect_refused(config, {"0 channels"}, tensors_with("patch_embed.proj.weight", {6, 0, 2, 2}));
  expect_refused(config, {"MLP width is"}, tensors_with("blocks.0.mlp.fc1.weight", {huge, 0}));
  for (const int64_t rows : {int64_t{0}, INT64_MAX, INT64_MAX - 1, huge + 1}) {
    expect_refused(config, {"'pos_embed' has", "4x4", "square of patches"},
                   tensors_with("pos_embed", {1, rows, 0}));
  }
  test::TinyTensors many_classes = tensors_with("head.weight", {huge, 0});
  expect_refused({{"architecture", "test_vit"}, {"label_names", {"a"}}}, {"number of classes is"},
                 many_classes);
}

// ---- the size of the position embedding

TEST(TimmConfig, TrainedSizeIsTheOneThatTheRowsFit) {
  const auto image = [](const json& config, int64_t rows, const RecipeOverrides& overrides = {}) {
    return resolve_model(config, overrides, tensors_with("pos_embed", {1, rows + 1, 6})).vit.tokens.image;
  };
  EXPECT_EQ(image(with_pretrained({{"input_size", {3, 4, 12}}}), 12), (ImageSize{4, 12}));
  EXPECT_EQ(image(with_pretrained({{"input_size", {3, 5, 5}}}), 4), (ImageSize{5, 5}));
  // Another input than the trained one: a square.
  EXPECT_EQ(image(with_pretrained({{"input_size", {3, 4, 4}}}), 16), (ImageSize{8, 8}));
  // The size in model_args, where it is another still.
  EXPECT_EQ(image(with({{"model_args", {{"img_size", {4, 12}}}}}), 12), (ImageSize{4, 12}));
  // What the command line asks for does not change what was trained, however many patches it has.
  EXPECT_EQ(
      image(with_pretrained({{"input_size", {3, 4, 12}}}), 12, {.img_size = ImageSize{12, 4}}),
      (ImageSize{4, 12}));
  EXPECT_EQ(image(test::tiny_timm_config(), 4, {.img_size = ImageSize{2, 8}}), (ImageSize{4, 4}));
  EXPECT_EQ(image(with_pretrained({{"input_size", {3, 4, 4}}, {"test_input_size", {3, 2, 8}}}), 4,
                  {.use_test_size = true}),
            (ImageSize{4, 4}));
}

// ---- preprocessing

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

// ---- labels

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

}  // namespace
}  // namespace saccade
