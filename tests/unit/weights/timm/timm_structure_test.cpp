// What of a timm transformer the tensors show, what config.json and what the entry point.
#include <algorithm>

#include "tests/unit/weights/tiny_timm.h"
#include "weights/timm/timm_entry_points.h"

namespace saccade {
namespace {

using nlohmann::json;
using namespace test;

TinyTensors without(const std::string& name, TinyTensors tensors = tiny_timm_tensors()) {
  std::erase_if(tensors, [&](const TinyTensor& tensor) { return tensor.name == name; });
  return tensors;
}

TinyTensors with_tensors(const TinyTensors& more, TinyTensors tensors = tiny_timm_tensors()) {
  tensors.insert(tensors.end(), more.begin(), more.end());
  return tensors;
}

TEST(TimmEntryPoints, AreSortedAndComplete) {
  const auto& all = timm_entry_points();
  EXPECT_GT(all.size(), 250u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const TimmEntryPoint& entry : all) {
    EXPECT_EQ(find_timm_entry_point(entry.name), &entry);
    EXPECT_GT(entry.heads, 0) << entry.name;
    EXPECT_GT(entry.norm_eps, 0) << entry.name;
    EXPECT_GT(entry.image.height, 0) << entry.name;
    if (!entry.refusal.empty()) continue;
    EXPECT_NE(find_family(ConfigKind::timm, entry.family), nullptr) << entry.name;
    EXPECT_NO_THROW(activation_named(std::string(entry.activation), "")) << entry.name;
  }
}

TEST(TimmEntryPoints, KnowWhatTimmKnows) {
  for (const auto& [name, heads] : {std::pair("vit_tiny_patch16_224", 3),
                                    {"vit_base_patch16_224_miil", 12},
                                    {"vit_base_patch16_gap_224", 16},
                                    {"vit_so150m2_patch16_reg1_gap_256", 13},
                                    {"deit3_medium_patch16_224", 8},
                                    {"test_vit", 2}}) {
    EXPECT_EQ(find_timm_entry_point(name)->heads, heads) << name;
  }
  EXPECT_EQ(find_timm_entry_point("vit_wee_patch16_reg1_gap_256")->global_pool, "avg");
  EXPECT_EQ(find_timm_entry_point("deit3_base_patch16_384")->image, (ImageSize{384, 384}));
  EXPECT_EQ(find_timm_entry_point("flexivit_small")->pos_embed_resize, PosEmbedResize::bilinear);
  EXPECT_EQ(find_timm_entry_point("vit_large_patch16_radio_v3")->pos_embed_resize,
            PosEmbedResize::bilinear);
  EXPECT_EQ(find_timm_entry_point("vit_huge_patch16_radio_v3")->pos_embed_resize,
            PosEmbedResize::bilinear_corners);
  EXPECT_EQ(find_timm_entry_point("deit_base_distilled_patch16_384")->family, "deit_distilled");
  EXPECT_EQ(find_timm_entry_point("eva02_base_patch14_448")->rope->grid, (ImageSize{16, 16}));
  EXPECT_FALSE(find_timm_entry_point("eva_giant_patch14_336")->rope.has_value());
  const RopeSpec dinov3 = find_timm_entry_point("vit_small_patch16_dinov3")->rope.value();
  EXPECT_EQ(dinov3.coordinates, RopeCoordinates::centred);
  EXPECT_EQ(dinov3.temperature, 100);
  EXPECT_EQ(dinov3.pairs, RopePairs::rotate_half);
  const RopeSpec mixed = find_timm_entry_point("vit_small_patch16_rope_mixed_224")->rope.value();
  EXPECT_EQ(mixed.coordinates, RopeCoordinates::grid);
  EXPECT_TRUE(mixed.across_first);
  EXPECT_TRUE(mixed.learned);
  EXPECT_EQ(find_timm_entry_point("resnet50"), nullptr);
  EXPECT_EQ(find_timm_entry_point(""), nullptr);
  EXPECT_EQ(find_timm_entry_point("vit_zzz"), nullptr);
}

TEST(TimmStructure, RefusedEntryPointsSayWhy) {
  expect_refused(with({{"architecture", "vit_base_r50_s16_224"}}),
                 {"vit_base_r50_s16_224 is not supported: its patches come from a convolutional"});
  expect_refused(with({{"architecture", "timm/vit_pe_core_tiny_patch16_384.fb"}}), {"Perception"});
}

TEST(TimmStructure, TensorsShowTokens) {
  EXPECT_TRUE(resolve_model(tiny_timm_config()).vit.tokens.cls_token);
  TinyTensors tensors = with_tensors({{"reg_token", {1, 4, 6}}});
  find_tensor(tensors, "pos_embed").shape = {1, 9, 6};
  const VitDescription vit = resolve_model(tiny_timm_config(), {}, tensors).vit;
  EXPECT_EQ(vit.tokens.registers, 4);
  EXPECT_EQ(vit.tokens.prefix(), 5);
  EXPECT_EQ(vit.positions.rows, PosEmbedRows::all_tokens);
  EXPECT_EQ(vit.positioned_prefix(), 5);
  expect_refused(with_args({{"reg_tokens", 3}}), {"\"model_args.reg_tokens\" is 3; wanted 4"},
                 tensors);
  expect_refused(with_args({{"reg_tokens", 1}}), {"is 1; wanted 0, as the shapes of the tensors"});
  expect_refused(with_args({{"class_token", false}}),
                 {"wanted it true: the weights have a tensor"});
  find_tensor(tensors, "reg_token").shape = {1, INT64_MAX, 0};
  expect_refused(tiny_timm_config(), {"'reg_token' has", "registers; wanted at most"}, tensors);
}

TEST(TimmStructure, PositionsMayCoverPatchesAlone) {
  const TinyTensors tensors = tensors_with("pos_embed", {1, 4, 6});
  for (const json& config : {tiny_timm_config(), with_args({{"no_embed_class", true}}),
                             with_pretrained({{"input_size", {3, 16, 16}}})}) {
    const VitDescription vit = resolve_model(config, {}, tensors).vit;
    EXPECT_EQ(vit.positions.rows, PosEmbedRows::patches);
    EXPECT_EQ(vit.positioned_prefix(), 0);
    EXPECT_EQ(vit.tokens.image, (ImageSize{4, 4}));
  }
  expect_refused(with_args({{"no_embed_class", false}}), {"'pos_embed' has 4 rows"}, tensors);
  expect_refused(with_args({{"no_embed_class", true}}), {"'pos_embed' has 5 rows"});
}

// Where there is no position embedding, the table of position biases shows the trained size.
TEST(TimmStructure, PositionBiases) {
  const char* own = "blocks.0.attn.relative_position_bias_table";
  const TinyTensors none = without("pos_embed");
  expect_refused(tiny_timm_config(), {"lack the tensor 'pos_embed'"}, none);
  const VitDescription vit =
      resolve_model(tiny_timm_config(), {}, with_tensors({{own, {12, 2}}}, none)).vit;
  EXPECT_TRUE(vit.positions.bias);
  EXPECT_FALSE(vit.positions.shared_bias);
  EXPECT_EQ(vit.positions.rows, PosEmbedRows::none);
  EXPECT_EQ(vit.tokens.image, (ImageSize{4, 4}));
  EXPECT_EQ(vit.position_bias_rows(), 12);
  const VitDescription shared =
      resolve_model(tiny_timm_config(), {},
                    with_tensors({{"rel_pos_bias.relative_position_bias_table", {28, 2}}}, none))
          .vit;
  EXPECT_TRUE(shared.positions.shared_bias);
  EXPECT_EQ(shared.tokens.image, (ImageSize{6, 6}));
  EXPECT_EQ(
      resolve_model(with_args({{"img_size", {4, 6}}}), {}, with_tensors({{own, {18, 2}}}, none))
          .vit.tokens.image,
      (ImageSize{4, 6}));
  for (const int64_t rows : {int64_t{0}, int64_t{2}, int64_t{3}, int64_t{13}, INT64_MAX}) {
    expect_refused(tiny_timm_config(), {"relative_position_bias_table' has", "fit neither"},
                   with_tensors({{own, {rows, 0}}}, none));
  }
  expect_refused(tiny_timm_config(), {"'pos_embed' has 5 rows"}, with_tensors({{own, {28, 2}}}));
  expect_refused(with_args({{"use_rel_pos_bias", true}}), {"no tensor"});
  expect_refused(with_args({{"use_abs_pos_emb", false}}), {"a tensor 'pos_embed'"});
}

// timm's "rel_pos": an MLP or a table, for a class token or without one.
TEST(TimmStructure, PositionBiasesOfRelPos) {
  const TinyTensors bare = without("cls_token", without("pos_embed"));
  const auto avg = [](json args) {
    args["global_pool"] = "avg";
    return with_args(args);
  };
  const TinyTensors own = with_tensors({{"blocks.0.attn.rel_pos.mlp.fc1.weight", {5, 2}}}, bare);
  const VitDescription vit = resolve_model(avg({{"rel_pos_type", "mlp"}}), {}, own).vit;
  EXPECT_TRUE(vit.positions.bias);
  EXPECT_FALSE(vit.positions.shared_bias);
  EXPECT_EQ(vit.positions.bias_mlp, 5);
  expect_refused(avg({{"rel_pos_dim", 6}}), {"rel_pos_dim\" is 6; wanted 5"}, own);
  expect_refused(avg({{"shared_rel_pos", true}}), {"shared_rel_pos"}, own);
  for (const char* type : {"bias", "mlp_swin", ""}) {
    expect_refused(avg({{"rel_pos_type", type}}), {"rel_pos_type"}, own);
  }
  const VitDescription shared =
      resolve_model(avg({}), {}, with_tensors({{"shared_rel_pos.mlp.fc1.weight", {5, 2}}}, bare))
          .vit;
  EXPECT_FALSE(shared.positions.bias);
  EXPECT_TRUE(shared.positions.shared_bias);
  const char* table = "blocks.0.attn.rel_pos.relative_position_bias_table";
  const VitDescription tables =
      resolve_model(avg({{"rel_pos_type", "bias"}}), {}, with_tensors({{table, {25, 2}}}, bare))
          .vit;
  EXPECT_EQ(tables.positions.bias_mlp, 0);
  EXPECT_EQ(tables.position_bias_rows(), 25);
  EXPECT_EQ(tables.tokens.image, (ImageSize{6, 6}));
  expect_refused(avg({}), {"has 28 rows, which fit neither"},
                 with_tensors({{table, {28, 2}}}, bare));
}

TEST(TimmStructure, TensorsShowWhatBlocksHave) {
  EXPECT_FALSE(resolve_model(tiny_timm_config()).vit.block.layer_scale);
  EXPECT_FALSE(resolve_model(tiny_timm_config()).vit.attention.qk_norm);
  expect_refused(with_args({{"init_values", 1e-5}}), {"no tensor 'blocks.0.ls1.gamma'"});
  expect_refused(with_args({{"qk_norm", true}}), {"no tensor 'blocks.0.attn.q_norm.weight'"});
  expect_refused(with_args({{"qkv_bias", false}}), {"a tensor 'blocks.0.attn.qkv.bias'"});
  const TinyTensors scaled = with_tensors({{"blocks.0.ls1.gamma", {6}}});
  EXPECT_TRUE(resolve_model(with_args({{"init_values", 0.1}}), {}, scaled).vit.block.layer_scale);
  for (const json& none : {json(0), json(0.0), json(false)}) {
    EXPECT_FALSE(resolve_model(with_args({{"init_values", none}})).vit.block.layer_scale);
    expect_refused(with_args({{"init_values", none}}), {"a tensor 'blocks.0.ls1.gamma'"}, scaled);
  }
  EXPECT_TRUE(resolve_model(tiny_timm_config(), {}, with_tensors({{"blocks.0.gamma_1", {6}}}))
                  .vit.block.layer_scale);
  const TinyTensors biasless = without("blocks.0.attn.qkv.bias");
  EXPECT_EQ(resolve_model(tiny_timm_config(), {}, biasless).vit.attention.qkv_bias, QkvBias::none);
  const TinyTensors keys_biasless = with_tensors({{"blocks.0.attn.q_bias", {6}}}, biasless);
  EXPECT_EQ(resolve_model(tiny_timm_config(), {}, keys_biasless).vit.attention.qkv_bias,
            QkvBias::q_and_v);
  expect_refused(with_args({{"qkv_bias", false}}), {"a tensor 'blocks.0.attn.q_bias'"},
                 keys_biasless);
  EXPECT_TRUE(
      resolve_model(tiny_timm_config(), {}, with_tensors({{"blocks.0.attn.q_norm.weight", {3}}}))
          .vit.attention.qk_norm);
}

TEST(TimmStructure, TensorsShowTheMlp) {
  const VitDescription plain = resolve_model(tiny_timm_config()).vit;
  EXPECT_EQ(plain.mlp.kind, MlpKind::plain);
  EXPECT_EQ(plain.mlp.fc1_dim(), 8);
  const TinyTensors packed = tensors_with("blocks.0.mlp.fc1.weight", {16, 6});
  const VitDescription gated = resolve_model(tiny_timm_config(), {}, packed).vit;
  EXPECT_EQ(gated.mlp.kind, MlpKind::gated);
  EXPECT_EQ(gated.mlp.hidden_dim, 8);
  EXPECT_EQ(gated.mlp.fc1_dim(), 16);
  EXPECT_FALSE(gated.mlp.norm);
  expect_refused(with_args({{"swiglu_mlp", true}}), {"wanted false"});
  expect_refused(with_args({{"swiglu_mlp", false}}), {"wanted true"}, packed);
  EXPECT_TRUE(resolve_model(tiny_timm_config(), {},
                            with_tensors({{"blocks.0.mlp.norm.weight", {8}}}, packed))
                  .vit.mlp.norm);
  EXPECT_TRUE(
      resolve_model(tiny_timm_config(), {}, with_tensors({{"blocks.0.attn.norm.weight", {6}}}))
          .vit.attention.norm);
  expect_refused(with_args({{"scale_mlp", true}}), {"no tensor 'blocks.0.mlp.norm.weight'"});
  // Query, key, value and the two halves of fc1 apart.
  const TinyTensors apart = with_tensors({{"blocks.0.attn.q_proj.weight", {6, 6}},
                                          {"blocks.0.attn.q_proj.bias", {6}},
                                          {"blocks.0.mlp.fc1_g.weight", {8, 6}}});
  const VitDescription split = resolve_model(tiny_timm_config(), {}, apart).vit;
  EXPECT_EQ(split.attention.qkv_bias, QkvBias::q_and_v);
  EXPECT_EQ(split.mlp.kind, MlpKind::gated);
}

TEST(TimmStructure, RotaryEmbeddingComesFromTheEntryPoint) {
  const auto resolved = [](const json& part) { return resolve_model(with(part)).vit; };
  EXPECT_FALSE(resolved(json::object()).attention.rope);
  const json eva{{"architecture", "eva02_tiny_patch14_224"},
                 {"model_args", {{"num_heads", 1}, {"global_pool", "avg"}}}};
  expect_refused(with(eva), {"heads of a multiple of 4 columns, not 6"});
  json off = eva;
  off["model_args"]["use_rot_pos_emb"] = false;
  EXPECT_FALSE(resolved(off).attention.rope);
}

TEST(TimmStructure, KeysMayBeShared) {
  const auto tensors = [](int64_t rows, bool key_bias) {
    TinyTensors all = with_tensors({{"blocks.0.attn.q_proj.weight", {6, 6}},
                                    {"blocks.0.attn.q_proj.bias", {6}},
                                    {"blocks.0.attn.k_proj.weight", {rows, 6}},
                                    {"blocks.0.attn.v_proj.bias", {6}},
                                    {"blocks.1.attn.k_proj.weight", {6, 6}}},
                                   without("blocks.0.attn.qkv.bias"));
    if (key_bias) all.push_back({"blocks.0.attn.k_proj.bias", {6}});
    return all;
  };
  const VitDescription shared = resolve_model(tiny_timm_config(), {}, tensors(3, false)).vit;
  EXPECT_EQ(shared.attention.kv_heads, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(shared.attention.qkv_bias, QkvBias::q_and_v);
  const VitDescription own = resolve_model(tiny_timm_config(), {}, tensors(6, true)).vit;
  EXPECT_TRUE(own.attention.kv_heads.empty());
  EXPECT_EQ(own.attention.qkv_bias, QkvBias::all);
  for (const int64_t rows : {int64_t{2}, int64_t{9}, INT64_MAX}) {
    expect_refused(tiny_timm_config(), {"block 0 has", "rows of keys"},
                   rows == INT64_MAX ? with_tensors({{"blocks.0.attn.q_proj.weight", {6, 6}},
                                                     {"blocks.0.attn.k_proj.weight", {rows, 0}}})
                                     : tensors(rows, false));
  }
}

TEST(TimmStructure, LayerScaleMayBeOfAttentionAlone) {
  const TinyTensors alone = with_tensors({{"blocks.0.gamma_1", {6}}});
  EXPECT_FALSE(resolve_model(tiny_timm_config(), {}, alone).vit.block.mlp_layer_scale);
  const TinyTensors both = with_tensors({{"blocks.0.gamma_2", {6}}}, alone);
  EXPECT_TRUE(resolve_model(tiny_timm_config(), {}, both).vit.block.mlp_layer_scale);
  expect_refused(with_args({{"attn_only_layer_scale", false}}), {"wanted true"}, alone);
  expect_refused(with_args({{"attn_only_layer_scale", true}}), {"wanted false"}, both);
}

// model_args may say otherwise.
TEST(TimmStructure, AnglesOfRotaryEmbedding) {
  const TinyTensors tensors = without("pos_embed", tiny_timm_tensors());
  const auto args = [](json more) {
    more["use_rot_pos_emb"] = true;
    return with({{"model_args", more}});
  };
  // The tiny model's heads are too narrow for it, which is found last.
  const std::string narrow = "heads of a multiple of 4 columns";
  expect_refused(args({{"ref_feat_shape", 16}}), {narrow}, tensors);
  expect_refused(args({{"rope_type", "dinov3"}, {"rope_rotate_half", true}}), {narrow}, tensors);
  expect_refused(args({{"rope_type", "mrope"}}), {"rope_type\" is \"mrope\""}, tensors);
  expect_refused(args({{"rope_type", "mixed"}}), {"no tensor 'rope.freqs'"}, tensors);
  expect_refused(args(json::object()), {narrow}, tensors);
  expect_refused(args({{"rope_type", "dinov3"}, {"rope_temperature", 0}}), {"rope_temperature"});
  expect_refused(args({{"rope_type", "dinov3"}, {"rope_grid_offset", 1}}), {"rope_grid_offset"});
  expect_refused(args({{"rope_type", "dinov3"}, {"rope_grid_indexing", "yx"}}),
                 {"rope_grid_indexing"});
}

TEST(TimmStructure, SizesMustBeTheTensors) {
  expect_refused(with_args({{"embed_dim", 12}}), {"\"model_args.embed_dim\" is 12; wanted 6"});
  expect_refused(with_args({{"depth", 12}}), {"\"model_args.depth\" is 12; wanted 2"});
}

// model_args, then the entry point; timm passes over what stands above model_args.
TEST(TimmStructure, Pooling) {
  const auto pooling = [](const json& part) { return resolve_model(with(part)).vit.pooling.kind; };
  EXPECT_EQ(pooling(json::object()), Pooling::token);
  EXPECT_EQ(pooling({{"model_args", {{"global_pool", "avg"}}}}), Pooling::patch_mean);
  EXPECT_EQ(pooling({{"global_pool", "avg"}}), Pooling::token);
  EXPECT_EQ(pooling({{"architecture", "test_vit2"}}), Pooling::patch_mean);
  EXPECT_EQ(pooling({{"architecture", "test_vit2"}, {"global_pool", "token"}}),
            Pooling::patch_mean);
  EXPECT_EQ(pooling({{"global_pool", "avg"}, {"model_args", {{"global_pool", "token"}}}}),
            Pooling::token);
  EXPECT_EQ(resolve_model(tiny_timm_config()).sources.at("pooling"), "family default");
  EXPECT_EQ(resolve_model(with_args({{"global_pool", "avg"}})).sources.at("pooling"),
            "config.json");
  expect_refused(with_args({{"global_pool", "map"}}),
                 {"global_pool\" is \"map\"", "no tensor 'attn_pool.latent'"});
  expect_refused(with_args({{"global_pool", "max"}}), {"global_pool\" is \"max\"", "unsupported"});
  expect_refused(with_args({{"global_pool", "token"}}), {"the weights have no tensor 'cls_token'"},
                 without("cls_token"));
  expect_refused(with_args({{"global_pool", "avg"}}), {"two classifiers"},
                 with_tensors({{"dist_token", {1, 1, 6}}}));
}

TEST(TimmStructure, OneNormBeforeOrAfterPooling) {
  const VitDescription before = resolve_model(with_args({{"fc_norm", false}})).vit;
  EXPECT_TRUE(before.norms.after_blocks);
  EXPECT_FALSE(before.norms.after_pooling);
  const TinyTensors tensors = with_tensors({{"fc_norm.weight", {6}}, {"fc_norm.bias", {6}}},
                                           without("norm.weight", without("norm.bias")));
  // Trained with another pooling than the entry point's, and saved without model_args.
  expect_refused(tiny_timm_config(), {"global_pool", "trained"}, tensors);
  const VitDescription after = resolve_model(with({{"global_pool", "avg"}}), {}, tensors).vit;
  EXPECT_EQ(after.pooling.kind, Pooling::patch_mean);
  EXPECT_FALSE(after.norms.after_blocks);
  EXPECT_TRUE(after.norms.after_pooling);
  expect_refused(with_args({{"fc_norm", true}}), {"no tensor 'fc_norm.weight'"});
  expect_refused(with_args({{"fc_norm", false}}), {"a tensor 'fc_norm.weight'"}, tensors);
}

TEST(TimmStructure, NormsWithoutBiasAreRmsNorm) {
  const auto clip = [](json args) {
    args["num_heads"] = 2;
    const json config{{"architecture", "vit_base_patch32_clip_224"}, {"model_args", args}};
    return resolve_model(with(config)).vit;
  };
  EXPECT_EQ(clip(json::object()).norms.kind, NormKind::layer);
  EXPECT_EQ(clip(json::object()).norms.eps, 1e-5);
  EXPECT_EQ(clip({{"norm_layer", "layernorm"}}).norms.eps, 1e-6);
  expect_refused(with_args({{"norm_layer", "rmsnorm"}}), {"a tensor 'blocks.0.norm1.bias'"});
  expect_refused(with_args({{"norm_layer", "simplenorm"}}), {"wanted \"layernorm\""});
  const TinyTensors biasless = without("blocks.0.norm1.bias");
  EXPECT_EQ(resolve_model(tiny_timm_config(), {}, biasless).vit.norms.kind, NormKind::rms);
  expect_refused(with_args({{"norm_layer", "layernorm"}}), {"no tensor 'blocks.0.norm1.bias'"},
                 biasless);
}

TEST(TimmStructure, AttentionMayBeDifferential) {
  const TinyTensors lambdas = with_tensors({{"blocks.0.attn.lambda_q1", {3}}});
  const json one_head{{"num_heads", 1}};
  EXPECT_FALSE(resolve_model(with_args(one_head)).vit.attention.differential);
  EXPECT_TRUE(resolve_model(with_args(one_head), {}, lambdas).vit.attention.differential);
  EXPECT_TRUE(resolve_model(with_args({{"num_heads", 1}, {"attn_layer", "diff"}}), {}, lambdas)
                  .vit.attention.differential);
  expect_refused(with_args({{"attn_layer", "diff"}}), {"no tensor 'blocks.0.attn.lambda_q1'"});
  expect_refused(with_args({{"num_heads", 1}, {"attn_layer", "attn"}}), {"a tensor"}, lambdas);
  expect_refused(tiny_timm_config(), {"heads of an even number of columns, here 3"}, lambdas);
}

TEST(TimmStructure, NormsMayComeAfterAttentionAndMlp) {
  const auto block = [](const char* architecture, json args) {
    args["num_heads"] = 2;
    return resolve_model(with({{"architecture", architecture}, {"model_args", args}}))
        .vit.block.kind;
  };
  EXPECT_EQ(block("test_vit", json::object()), BlockKind::pre_norm);
  EXPECT_EQ(block("vit_base_patch16_rpn_224", {{"global_pool", "token"}}), BlockKind::post_norm);
  const char* enormous = "eva02_enormous_patch14_clip_224";
  EXPECT_EQ(block(enormous, json::object()), BlockKind::post_norm);
  EXPECT_EQ(block(enormous, {{"use_post_norm", false}}), BlockKind::pre_norm);
  expect_refused(with_args({{"use_post_norm", true}}), {"only Eva has it"});
}

TEST(TimmStructure, SomeHaveNoFinalNorm) {
  const TinyTensors none = without("norm.weight", without("norm.bias"));
  const auto norm = [&](const json& config) {
    return resolve_model(config, {}, none).vit.norms.after_blocks;
  };
  EXPECT_TRUE(norm(tiny_timm_config()));  // so that its absence is an error
  EXPECT_FALSE(norm(with_args({{"final_norm", false}})));
  const auto of = [&](const char* architecture, json args) {
    args["num_heads"] = 2;
    return norm(with({{"architecture", architecture}, {"model_args", args}}));
  };
  EXPECT_FALSE(of("vit_base_patch16_radio_v3", json::object()));
  EXPECT_FALSE(of("vit_intern300m_patch14_448", json::object()));
  EXPECT_TRUE(of("vit_base_patch16_radio_v3", {{"final_norm", true}}));
}

}  // namespace
}  // namespace saccade
