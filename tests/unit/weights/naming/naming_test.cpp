#include "weights/naming/naming.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/weights/tiny_checkpoint.h"

namespace saccade {
namespace {

using Names = std::vector<std::string>;

struct Found {
  std::string naming;
  std::string outer;
  std::string inner;
  friend bool operator==(const Found&, const Found&) = default;
  friend void PrintTo(const Found& found, std::ostream* out) {
    *out << found.naming << " '" << found.outer << "' '" << found.inner << "'";
  }
};

Found find_in(const std::string& tensor) {
  const test::TinyFile file({{tensor, {1}}, {"something.else", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  return {found.naming ? std::string(found.naming->name) : "none", found.outer, found.inner};
}

TEST(Naming, IsFoundByTheFirstBlocksNorm) {
  const std::string v4 = "encoder.layer.0.layernorm_before.weight";
  const std::string v5 = "layers.0.layernorm_before.weight";
  const std::string timm = "blocks.0.norm1.weight";
  EXPECT_EQ(find_in("vit." + v4), (Found{"transformers", "", "vit."}));
  EXPECT_EQ(find_in("deit." + v4), (Found{"transformers", "", "deit."}));
  EXPECT_EQ(find_in(v4), (Found{"transformers", "", ""}));
  EXPECT_EQ(find_in("module.vit." + v4), (Found{"transformers", "module.", "vit."}));
  EXPECT_EQ(find_in("vit." + v5), (Found{"transformers 5", "", "vit."}));
  EXPECT_EQ(find_in(v5), (Found{"transformers 5", "", ""}));
  EXPECT_EQ(find_in("module.deit." + v5), (Found{"transformers 5", "module.", "deit."}));
  EXPECT_EQ(find_in(timm), (Found{"timm", "", ""}));
  EXPECT_EQ(find_in("module." + timm), (Found{"timm", "module.", ""}));
  EXPECT_EQ(find_in("timm_model." + timm), (Found{"timm", "timm_model.", ""}));
  EXPECT_EQ(find_in("module.timm_model." + timm), (Found{"timm", "module.timm_model.", ""}));
}

TEST(Naming, DeiT3sOwnLayerScale) {
  const test::TinyFile file({{"blocks.0.norm1.weight", {1}}, {"blocks.0.gamma_1", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  EXPECT_EQ(stored_names(found, "blocks.7.ls1.gamma"), Names{"blocks.7.gamma_1"});
  EXPECT_EQ(stored_names(found, "blocks.7.ls2.gamma"), Names{"blocks.7.gamma_2"});
  EXPECT_EQ(stored_names(found, "blocks.7.norm1.bias"), Names{"blocks.7.norm1.bias"});
}

TEST(Naming, Dinov2sTwoSpellings) {
  const std::string v4 = "dinov2.encoder.layer.0.attention.attention.query.weight";
  const std::string v5 = "dinov2_with_registers.encoder.layer.0.attention.q_proj.weight";
  EXPECT_EQ(find_in(v4), (Found{"transformers, DINOv2", "", "dinov2."}));
  EXPECT_EQ(find_in("module." + v4), (Found{"transformers, DINOv2", "module.", "dinov2."}));
  EXPECT_EQ(find_in(v5), (Found{"transformers 5, DINOv2", "", "dinov2_with_registers."}));
  const test::TinyFile file({{v4, {1}}});
  EXPECT_EQ(stored_names(find_naming(file.tensors), "blocks.3.ls2.gamma"),
            Names{"dinov2.encoder.layer.3.layer_scale2.lambda1"});
}

TEST(Naming, TheGatedMlpOfDinov2) {
  const std::string block = "dinov2.encoder.layer.0.";
  const test::TinyFile four(
      {{block + "attention.attention.query.weight", {1}}, {block + "mlp.weights_in.weight", {1}}});
  EXPECT_EQ(stored_names(find_naming(four.tensors), "blocks.3.mlp.fc1.bias"),
            Names{"dinov2.encoder.layer.3.mlp.weights_in.bias"});
  EXPECT_EQ(stored_names(find_naming(four.tensors), "blocks.3.mlp.fc2.bias"),
            Names{"dinov2.encoder.layer.3.mlp.weights_out.bias"});
  EXPECT_EQ(stored_names(find_naming(four.tensors), "blocks.3.attn.proj.bias"),
            Names{"dinov2.encoder.layer.3.attention.output.dense.bias"});
  const test::TinyFile five(
      {{block + "attention.q_proj.weight", {1}}, {block + "mlp.gate_proj.weight", {1}}});
  EXPECT_EQ(stored_names(find_naming(five.tensors), "blocks.3.mlp.fc1.bias"),
            (Names{"dinov2.encoder.layer.3.mlp.gate_proj.bias",
                   "dinov2.encoder.layer.3.mlp.up_proj.bias"}));
  EXPECT_EQ(stored_names(find_naming(five.tensors), "blocks.3.attn.proj.bias"),
            Names{"dinov2.encoder.layer.3.attention.o_proj.bias"});
}

TEST(Naming, VisionTowers) {
  const test::TinyFile file({{"vision_model.encoder.layers.0.layer_norm1.weight", {1}},
                             {"text_model.encoder.layers.0.layer_norm1.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  ASSERT_TRUE(found.naming);
  EXPECT_EQ(found.inner, "vision_model.");
  EXPECT_EQ(stored_names(found, "cls_token"), Names{"vision_model.embeddings.class_embedding"});
  EXPECT_EQ(stored_names(found, "pos_embed"),
            Names{"vision_model.embeddings.position_embedding.weight"});
  EXPECT_EQ(stored_names(found, "norm_pre.bias"), Names{"vision_model.pre_layrnorm.bias"});
  EXPECT_EQ(stored_names(found, "blocks.1.attn.qkv.bias"),
            (Names{"vision_model.encoder.layers.1.self_attn.q_proj.bias",
                   "vision_model.encoder.layers.1.self_attn.k_proj.bias",
                   "vision_model.encoder.layers.1.self_attn.v_proj.bias"}));
  EXPECT_EQ(find_in("text_model.encoder.layers.0.layer_norm1.weight").naming, "none");
}

TEST(Naming, PartsOfEva02AreApart) {
  const test::TinyFile file({{"blocks.0.norm1.weight", {1}},
                             {"blocks.0.attn.q_proj.weight", {1}},
                             {"blocks.0.mlp.fc1_g.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  const auto stored = [&](const char* canonical) { return stored_names(found, canonical); };
  EXPECT_EQ(stored("blocks.7.attn.qkv.weight"),
            (Names{"blocks.7.attn.q_proj.weight", "blocks.7.attn.k_proj.weight",
                   "blocks.7.attn.v_proj.weight"}));
  EXPECT_EQ(stored("blocks.7.attn.q_bias"), Names{"blocks.7.attn.q_proj.bias"});
  EXPECT_EQ(stored("blocks.7.attn.v_bias"), Names{"blocks.7.attn.v_proj.bias"});
  EXPECT_EQ(stored("blocks.7.mlp.fc1.bias"),
            (Names{"blocks.7.mlp.fc1_g.bias", "blocks.7.mlp.fc1_x.bias"}));
  EXPECT_EQ(stored("blocks.7.mlp.norm.bias"), Names{"blocks.7.mlp.norm.bias"});
}

TEST(Naming, PathsOfABlock) {
  const test::TinyFile file({{"blocks.0.attns.0.norm.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  EXPECT_EQ(stored_names(found, "blocks.7.norm1.weight"), Names{"blocks.7.attns.0.norm.weight"});
  EXPECT_EQ(stored_names(found, "blocks.7.branches.1.mlp.fc2.bias"),
            Names{"blocks.7.ffns.1.mlp.fc2.bias"});
  EXPECT_EQ(stored_names(found, "blocks.7.branches.1.ls1.gamma"),
            Names{"blocks.7.attns.1.ls.gamma"});
}

TEST(Naming, JoinedTensors) {
  const test::TinyFile file({{"blocks.0.in_proj.weight", {1}}, {"blocks.0.in_proj.bias", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  for (const char* canonical : {"blocks.2.attn.qkv.bias", "blocks.2.mlp.fc1.bias"}) {
    EXPECT_EQ(stored_names(found, canonical), Names{"blocks.2.in_proj.bias"});
    const auto place = joined_place(found, canonical);
    ASSERT_TRUE(place) << canonical;
    EXPECT_EQ(place->axis, 0);
    EXPECT_EQ(place->canonical, (Names{"blocks.2.mlp.fc1.bias", "blocks.2.attn.qkv.bias"}));
  }
  EXPECT_FALSE(joined_place(found, "blocks.2.attn.proj.weight"));
  EXPECT_FALSE(joined_place(found, "cls_token"));

  const test::TinyFile other({{"blocks.0.in_proj.weight", {1}}, {"blocks.0.mlp_bias", {1}}});
  const FoundNaming apart = find_naming(other.tensors);
  EXPECT_EQ(stored_names(apart, "blocks.2.mlp.fc1.bias"), Names{"blocks.2.mlp_bias"});
  EXPECT_FALSE(joined_place(apart, "blocks.2.mlp.fc1.bias"));
  EXPECT_TRUE(joined_place(apart, "blocks.2.mlp.fc1.weight"));
}

TEST(Naming, PositionBiases) {
  const char* own = "blocks.3.attn.relative_position_bias_table";
  const char* shared = "rel_pos_bias.relative_position_bias_table";
  const test::TinyFile four({{"beit.encoder.layer.0.layernorm_before.weight", {1}}});
  EXPECT_EQ(stored_names(find_naming(four.tensors), own),
            Names{"beit.encoder.layer.3.attention.attention.relative_position_bias.relative_"
                  "position_bias_table"});
  EXPECT_EQ(stored_names(find_naming(four.tensors), shared),
            Names{"beit.encoder.relative_position_bias.relative_position_bias_table"});
  const test::TinyFile five({{"beit.layers.0.layernorm_before.weight", {1}}});
  EXPECT_EQ(stored_names(find_naming(five.tensors), own),
            Names{"beit.layers.3.relative_position_bias.relative_position_bias_table"});
  EXPECT_EQ(stored_names(find_naming(five.tensors), shared),
            Names{"beit.shared_position_bias.relative_position_bias_table"});
}

TEST(Naming, PositionBiasesOfTimmsRelPos) {
  const test::TinyFile file({{"blocks.0.norm1.weight", {1}},
                             {"blocks.0.attn.rel_pos.relative_position_bias_table", {1}},
                             {"shared_rel_pos.relative_position_bias_table", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  EXPECT_EQ(stored_names(found, "blocks.3.attn.relative_position_bias_table"),
            Names{"blocks.3.attn.rel_pos.relative_position_bias_table"});
  EXPECT_EQ(stored_names(found, "rel_pos_bias.relative_position_bias_table"),
            Names{"shared_rel_pos.relative_position_bias_table"});
}

TEST(Naming, TimmsVariantsComeInAnyCombination) {
  const test::TinyFile file({{"module.blocks.0.norm1.weight", {1}},
                             {"module.blocks.0.gamma_1", {1}},
                             {"module.blocks.0.mlp.fc1_g.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  EXPECT_EQ(found.naming->name, "timm");
  EXPECT_EQ(stored_names(found, "blocks.2.ls1.gamma"), Names{"module.blocks.2.gamma_1"});
  EXPECT_EQ(stored_names(found, "blocks.2.mlp.fc1.bias"),
            (Names{"module.blocks.2.mlp.fc1_g.bias", "module.blocks.2.mlp.fc1_x.bias"}));
  EXPECT_EQ(stored_names(found, "blocks.2.attn.qkv.bias"), Names{"module.blocks.2.attn.qkv.bias"});
}

TEST(Naming, OtherModelsHaveNone) {
  for (const char* tensor :
       {"layer1.0.conv1.weight", "bert.encoder.layer.0.output.dense.weight",
        "vit.embeddings.cls_token", "xblocks.0.norm1.weight", "blocks.1.norm1.weight", ""}) {
    EXPECT_EQ(find_in(tensor).naming, "none") << tensor;
  }
}

// Every module of a block and around it, in each spelling.
TEST(Naming, StoredNamesOfTransformers4) {
  const test::TinyFile file({{"vit.encoder.layer.0.layernorm_before.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  const auto stored = [&](const char* canonical) { return stored_names(found, canonical); };
  EXPECT_EQ(stored("cls_token"), Names{"vit.embeddings.cls_token"});
  EXPECT_EQ(stored("dist_token"), Names{"vit.embeddings.distillation_token"});
  EXPECT_EQ(stored("pos_embed"), Names{"vit.embeddings.position_embeddings"});
  EXPECT_EQ(stored("patch_embed.proj.bias"),
            Names{"vit.embeddings.patch_embeddings.projection.bias"});
  EXPECT_EQ(stored("blocks.11.norm1.weight"),
            Names{"vit.encoder.layer.11.layernorm_before.weight"});
  EXPECT_EQ(stored("blocks.11.attn.qkv.bias"),
            (Names{"vit.encoder.layer.11.attention.attention.query.bias",
                   "vit.encoder.layer.11.attention.attention.key.bias",
                   "vit.encoder.layer.11.attention.attention.value.bias"}));
  EXPECT_EQ(stored("blocks.0.attn.proj.weight"),
            Names{"vit.encoder.layer.0.attention.output.dense.weight"});
  EXPECT_EQ(stored("blocks.0.norm2.bias"), Names{"vit.encoder.layer.0.layernorm_after.bias"});
  EXPECT_EQ(stored("blocks.0.mlp.fc1.weight"),
            Names{"vit.encoder.layer.0.intermediate.dense.weight"});
  EXPECT_EQ(stored("blocks.0.mlp.fc2.weight"), Names{"vit.encoder.layer.0.output.dense.weight"});
  EXPECT_EQ(stored("norm.weight"), Names{"vit.layernorm.weight"});
}

TEST(Naming, StoredNamesOfTransformers5) {
  const test::TinyFile file({{"module.deit.layers.0.layernorm_before.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  const auto stored = [&](const char* canonical) { return stored_names(found, canonical); };
  EXPECT_EQ(stored("dist_token"), Names{"module.deit.embeddings.distillation_token"});
  EXPECT_EQ(stored("blocks.3.norm1.bias"), Names{"module.deit.layers.3.layernorm_before.bias"});
  EXPECT_EQ(stored("blocks.3.attn.qkv.weight"),
            (Names{"module.deit.layers.3.attention.q_proj.weight",
                   "module.deit.layers.3.attention.k_proj.weight",
                   "module.deit.layers.3.attention.v_proj.weight"}));
  EXPECT_EQ(stored("blocks.3.attn.proj.bias"), Names{"module.deit.layers.3.attention.o_proj.bias"});
  EXPECT_EQ(stored("blocks.3.norm2.bias"), Names{"module.deit.layers.3.layernorm_after.bias"});
  EXPECT_EQ(stored("blocks.3.mlp.fc1.bias"), Names{"module.deit.layers.3.mlp.fc1.bias"});
  EXPECT_EQ(stored("blocks.3.mlp.fc2.bias"), Names{"module.deit.layers.3.mlp.fc2.bias"});
  EXPECT_EQ(stored("norm.bias"), Names{"module.deit.layernorm.bias"});
}

TEST(Naming, TimmStoresCanonicalNames) {
  const test::TinyFile file({{"timm_model.blocks.0.norm1.weight", {1}}});
  const FoundNaming found = find_naming(file.tensors);
  for (const std::string name : {"cls_token", "blocks.7.attn.qkv.weight", "norm.bias"}) {
    EXPECT_EQ(stored_names(found, name), Names{"timm_model." + name});
  }
}

TEST(Matches, StarsStandForAnyRun) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("", "*"));
  EXPECT_TRUE(matches("pooler.dense.bias", "pooler.*"));
  EXPECT_TRUE(matches("pooler.", "pooler.*"));
  EXPECT_TRUE(matches("vit_base_patch16_224", "*_base_*"));
  EXPECT_TRUE(matches("aXbXbc", "a*bc"));
  EXPECT_TRUE(matches("abc", "a**c"));
  EXPECT_FALSE(matches("pooler", "pooler.*"));
  EXPECT_FALSE(matches("xpooler.dense", "pooler.*"));
  EXPECT_FALSE(matches("embeddings.mask_tokens", "embeddings.mask_token"));
  EXPECT_FALSE(matches("vit_gigantic_patch14", "*_giant_*"));
  EXPECT_FALSE(matches("abx", "a*b"));
  EXPECT_FALSE(matches("a", ""));
  // Without a point of return for each star this would take ages.
  EXPECT_FALSE(matches(std::string(5000, 'a'), "*a*a*a*a*a*a*a*a*b"));
}

}  // namespace
}  // namespace saccade
