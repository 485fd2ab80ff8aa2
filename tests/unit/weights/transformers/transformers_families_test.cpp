// What config.json of transformers' other vision transformers means, as transformers 5.23 reads it.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/config/model_config.h"
#include "weights/transformers/transformers_config.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;

ModelConfig resolve_model(const json& config, const json& processor = json::object()) {
  const ConfigReader settings(processor, "models/x/preprocessor_config.json",
                              "preprocessor_config.json");
  return resolve_transformers_config(test::config_reader(config), settings, {});
}

TEST(Dinov2Config, DefaultsAreDinov2Base) {
  const ModelConfig model = resolve_model({{"model_type", "dinov2"}});
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "Dinov2ForImageClassification");
  EXPECT_EQ(vit.tokens.patch, 14);
  EXPECT_EQ(vit.dim, 768);
  EXPECT_EQ(vit.mlp.hidden_dim, 3072);
  EXPECT_EQ(vit.norms.eps, 1e-6);
  EXPECT_TRUE(vit.block.layer_scale);
  EXPECT_EQ(vit.tokens.registers, 0);
  EXPECT_EQ(vit.pooling.kind, Pooling::token_and_patch_mean);
  EXPECT_EQ(vit.pooled_dim(), 2 * 768);
  EXPECT_EQ(vit.positions.resize, PosEmbedResize::bicubic);
  EXPECT_TRUE(model.family->any_input_size);
}

TEST(Dinov2Config, RegistersHaveNoPositions) {
  json config{{"model_type", "dinov2_with_registers"}, {"patch_size", 14}, {"image_size", 518}};
  const VitDescription vit = resolve_model(config).vit;
  EXPECT_EQ(vit.tokens.registers, 4);
  EXPECT_EQ(vit.tokens.prefix(), 5);
  EXPECT_EQ(vit.positioned_prefix(), 1);
  EXPECT_EQ(vit.positions.resize, PosEmbedResize::bicubic_antialias);
  config["num_register_tokens"] = 2;
  EXPECT_EQ(resolve_model(config).vit.tokens.registers, 2);
  config["num_register_tokens"] = 0;
  EXPECT_EQ(resolve_model(config).vit.tokens.registers, 0);
  for (const json& count : {json(-1), json(1 << 20), json("four")}) {
    config["num_register_tokens"] = count;
    expect_error<ModelError>([&] { resolve_model(config); },
                             {"config.json", "\"num_register_tokens\""});
  }
}

TEST(Dinov2Config, TheMlpsWidthIsAMultiple) {
  json config{{"model_type", "dinov2"}, {"hidden_size", 24}, {"num_attention_heads", 2}};
  config["mlp_ratio"] = 2.7;
  EXPECT_EQ(resolve_model(config).vit.mlp.hidden_dim, 64);  // int(64.8)
  config["mlp_ratio"] = 0;
  expect_error<ModelError>([&] { resolve_model(config); }, {"MLP width is 0"});
}

TEST(Dinov2Config, TheGiantsMlpIsGated) {
  json config{{"model_type", "dinov2"},
              {"hidden_size", 1536},
              {"num_attention_heads", 24},
              {"hidden_act", "gelu"},
              {"use_swiglu_ffn", true}};
  const ModelConfig giant = resolve_model(config);
  EXPECT_EQ(giant.vit.mlp.kind, MlpKind::gated);
  EXPECT_EQ(giant.vit.mlp.hidden_dim, 4096);
  EXPECT_EQ(giant.vit.mlp.activation, Activation::silu);
  EXPECT_EQ(giant.sources.at("mlp"), "config.json");
  config["mlp_ratio"] = 2.7;
  EXPECT_EQ(resolve_model(config).vit.mlp.hidden_dim, 2768);  // 4147 * 2 / 3 = 2764, rounded up
  config["use_swiglu_ffn"] = false;
  EXPECT_EQ(resolve_model(config).vit.mlp.kind, MlpKind::plain);
  EXPECT_EQ(resolve_model(config).vit.mlp.hidden_dim, 4147);
  config["use_swiglu_ffn"] = "yes";
  expect_error<ModelError>([&] { resolve_model(config); }, {"\"use_swiglu_ffn\""});
}

TEST(Dinov2Config, TheProcessorIsBits) {
  const PreprocessRecipe recipe = resolve_model({{"model_type", "dinov2"}}).recipe;
  EXPECT_EQ(recipe.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(recipe.resize, (ImageSize{224, 224}));
  EXPECT_EQ(recipe.crop, (ImageSize{224, 224}));
  EXPECT_EQ(recipe.interpolation, Interpolation::bicubic);
  EXPECT_EQ(recipe.mean[0], 0.48145466);
  EXPECT_EQ(recipe.std[2], 0.27577711);

  const auto resized = [](const json& size) {
    return resolve_model({{"model_type", "dinov2"}}, {{"size", size}}).recipe;
  };
  EXPECT_EQ(resized(256).resize_rule, ResizeRule::shortest_edge);  // one number is the short side
  EXPECT_EQ(resized(256).resize, (ImageSize{256, 256}));
  EXPECT_EQ(resized({{"height", 240}, {"width", 256}}).resize_rule, ResizeRule::exact);
  EXPECT_EQ(resized({240, 256}).resize_rule, ResizeRule::exact);
}

TEST(ClipConfig, TheVisionTowerIsDescribedInside) {
  const json vision{{"hidden_size", 24}, {"num_attention_heads", 3}, {"hidden_act", "gelu"},
                    {"image_size", 64},  {"patch_size", 8},          {"layer_norm_eps", 1e-3}};
  const json config{{"model_type", "clip"},
                    {"hidden_size", 999},
                    {"vision_config", vision},
                    {"id2label", {{"0", "ant"}, {"1", "bee"}, {"2", "cat"}}}};
  const ModelConfig model = resolve_model(config);
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "CLIPForImageClassification");
  EXPECT_EQ(vit.dim, 24);
  EXPECT_EQ(vit.attention.heads, 3);
  EXPECT_EQ(vit.tokens.image, (ImageSize{64, 64}));
  EXPECT_EQ(vit.norms.eps, 1e-3);
  EXPECT_EQ(vit.mlp.activation, Activation::gelu);
  EXPECT_EQ(vit.head.classes, 3);
  EXPECT_EQ(model.sources.at("dim"), "config.json");
  EXPECT_FALSE(model.family->any_input_size);
  expect_error<ModelError>(
      [] {
        resolve_model({{"model_type", "clip"}, {"vision_config", {{"hidden_size", "x"}}}});
      },
      {"\"vision_config.hidden_size\""});
}

// Which old files have; all of it counts, as in transformers.
TEST(ClipConfig, TheOlderNameOfTheVisionTower) {
  const json config{{"model_type", "clip"},
                    {"vision_config", {{"hidden_size", 24}, {"patch_size", 8}}},
                    {"vision_config_dict", {{"hidden_size", 48}}}};
  EXPECT_EQ(resolve_model(config).vit.dim, 48);
  EXPECT_EQ(resolve_model(config).vit.tokens.patch, 32);
}

TEST(ClipConfig, DefaultsAreViTBase32) {
  const ModelConfig model = resolve_model({{"model_type", "clip"}});
  const VitDescription& vit = model.vit;
  EXPECT_EQ(vit.tokens.patch, 32);
  EXPECT_EQ(vit.dim, 768);
  EXPECT_EQ(vit.mlp.hidden_dim, 3072);
  EXPECT_EQ(vit.norms.eps, 1e-5);
  EXPECT_EQ(vit.mlp.activation, Activation::quick_gelu);
  EXPECT_EQ(vit.pooling.kind, Pooling::patch_mean);
  EXPECT_TRUE(vit.norms.before_blocks);
  EXPECT_FALSE(vit.norms.after_blocks);
  EXPECT_FALSE(vit.tokens.patch_bias);
  EXPECT_EQ(model.recipe.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(model.recipe.crop, (ImageSize{224, 224}));
}

TEST(SiglipConfig, DefaultsAreViTBase16) {
  const ModelConfig model =
      resolve_model({{"model_type", "siglip"}, {"vision_config", {{"model_type", "x"}}}});
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "SiglipForImageClassification");
  EXPECT_EQ(vit.tokens.patch, 16);
  EXPECT_EQ(vit.norms.eps, 1e-6);
  EXPECT_EQ(vit.mlp.activation, Activation::gelu_tanh);
  EXPECT_EQ(vit.pooling.kind, Pooling::patch_mean);
  EXPECT_FALSE(vit.tokens.cls_token);
  EXPECT_TRUE(vit.norms.after_blocks);
  EXPECT_TRUE(vit.tokens.patch_bias);
  EXPECT_EQ(vit.tokens.count(vit.tokens.image), 196);
  EXPECT_EQ(model.recipe.resize_rule, ResizeRule::exact);
  EXPECT_EQ(model.recipe.resize, (ImageSize{224, 224}));
  EXPECT_FALSE(model.recipe.crop);
  EXPECT_EQ(model.recipe.mean[0], 0.5);
}

}  // namespace
}  // namespace saccade
