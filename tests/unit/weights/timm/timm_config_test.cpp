// The transformer of a timm config.json and its tensors, as timm 1.0.31 reads them.
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

TEST(TimmConfig, TrainedSizeIsTheOneThatTheRowsFit) {
  const auto image = [](const json& config, int64_t rows, const RecipeOverrides& overrides = {}) {
    return resolve_model(config, overrides, tensors_with("pos_embed", {1, rows + 1, 6}))
        .vit.tokens.image;
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

}  // namespace
}  // namespace saccade
