// What config.json and preprocessor_config.json of transformers mean, as transformers 5.23 reads
// them.
#include "weights/transformers/transformers_config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/config/model_config.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;

ConfigReader processor_reader(const json& settings) {
  return ConfigReader(settings, "models/x/preprocessor_config.json", "preprocessor_config.json");
}

ModelConfig resolve_model(const json& config, const json& processor = json::object()) {
  return resolve_transformers_config(test::config_reader(config), processor_reader(processor), {});
}

// The tiny configuration with one key changed.
json with(const std::string& key, const json& value) {
  json config = test::tiny_transformers_config();
  config[key] = value;
  return config;
}

void expect_refused(const json& config, std::initializer_list<std::string> facts) {
  SCOPED_TRACE(config.dump());
  expect_error<ModelError>([&] { resolve_model(config); }, {"models/x/config.json"});
  expect_error<ModelError>([&] { resolve_model(config); }, facts);
}

// ---- the transformer

TEST(TransformersConfig, ReadsEveryKey) {
  json config = test::tiny_transformers_config();
  config.update({{"image_size", {6, 10}},
                 {"patch_size", {2, 2}},
                 {"num_channels", 3},
                 {"layer_norm_eps", 1e-6},
                 {"qkv_bias", false},
                 {"hidden_act", "quick_gelu"}});
  const ModelConfig model = resolve_model(config, {{"size", {{"height", 6}, {"width", 10}}}});
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "ViTForImageClassification");
  EXPECT_EQ(vit.tokens.image, (ImageSize{6, 10}));
  EXPECT_EQ(vit.tokens.patch, 2);
  EXPECT_EQ(vit.tokens.channels, 3);
  EXPECT_EQ(vit.dim, 6);
  EXPECT_EQ(vit.depth, 2);
  EXPECT_EQ(vit.attention.heads, 2);
  EXPECT_EQ(vit.mlp.hidden_dim, 8);
  EXPECT_EQ(vit.norms.eps, 1e-6);
  EXPECT_EQ(vit.attention.qkv_bias, QkvBias::none);
  EXPECT_EQ(vit.mlp.activation, Activation::quick_gelu);
  EXPECT_EQ(vit.head.classes, 3);
  EXPECT_FALSE(vit.tokens.dist_token);
  EXPECT_EQ(vit.positions.resize, PosEmbedResize::bicubic);
  for (const char* field : {"family", "image", "patch", "channels", "dim", "depth", "heads",
                            "mlp_dim", "norm_eps", "qkv_bias", "activation", "classes", "labels"}) {
    EXPECT_EQ(model.sources.at(field), "config.json") << field;
  }
}

TEST(TransformersConfig, DefaultsAreViTBase) {
  const ModelConfig model = resolve_model({{"model_type", "vit"}});
  const VitDescription& vit = model.vit;
  EXPECT_EQ(model.architecture, "ViTForImageClassification");
  EXPECT_EQ(vit.tokens.image, (ImageSize{224, 224}));
  EXPECT_EQ(vit.tokens.patch, 16);
  EXPECT_EQ(vit.tokens.channels, 3);
  EXPECT_EQ(vit.dim, 768);
  EXPECT_EQ(vit.depth, 12);
  EXPECT_EQ(vit.attention.heads, 12);
  EXPECT_EQ(vit.mlp.hidden_dim, 3072);
  EXPECT_EQ(vit.norms.eps, 1e-12);
  EXPECT_EQ(vit.attention.qkv_bias, QkvBias::all);
  EXPECT_EQ(vit.mlp.activation, Activation::gelu);
  EXPECT_EQ(vit.head.classes, 2);
  EXPECT_TRUE(model.labels.descriptions.empty());
  for (const char* field : {"image", "patch", "channels", "dim", "depth", "heads", "mlp_dim",
                            "norm_eps", "qkv_bias", "activation", "classes"}) {
    EXPECT_EQ(model.sources.at(field), "family default") << field;
  }
  EXPECT_EQ(model.sources.at("labels"), "none in the checkpoint");
  EXPECT_EQ(model.sources.at("scores"), "number of classes");
}

TEST(TransformersConfig, Architectures) {
  const auto architecture = [](const char* name) {
    return resolve_model(with("architectures", json::array({name}))).vit;
  };
  const VitDescription deit = architecture("DeiTForImageClassification");
  EXPECT_TRUE(deit.tokens.dist_token);
  ASSERT_EQ(deit.head.classifiers.size(), 1u);
  EXPECT_EQ(deit.head.classifiers[0].name, "classifier");
  const VitDescription teacher = architecture("DeiTForImageClassificationWithTeacher");
  EXPECT_TRUE(teacher.tokens.dist_token);
  ASSERT_EQ(teacher.head.classifiers.size(), 2u);
  EXPECT_EQ(teacher.head.classifiers[0].name, "cls_classifier");
  EXPECT_EQ(teacher.head.classifiers[1].name, "distillation_classifier");
  EXPECT_EQ(teacher.head.classifiers[1].token_row, 1);
  // By model_type where no architecture is listed.
  json config = with("model_type", "deit");
  for (const json& none : {json(nullptr), json::array()}) {
    config["architectures"] = none;
    EXPECT_EQ(resolve_model(config).architecture, "DeiTForImageClassification");
  }
}

TEST(TransformersConfig, WhatCannotClassifyIsRefused) {
  for (const char* name : {"ViTModel", "DeiTModel", "ViTForMaskedImageModeling", "", "\n"}) {
    expect_refused(with("architectures", json::array({name})),
                   {"no classifier in this checkpoint", "ViTForImageClassification"});
  }
  expect_refused(with("architectures", {"SwinForImageClassification"}),
                 {"architecture \"SwinForImageClassification\" is not supported",
                  "DeiTForImageClassificationWithTeacher"});
  expect_refused({{"model_type", "swin"}}, {"\"architectures\" is nothing", "ViTForImage"});
  expect_refused(json::object(), {"\"architectures\" is nothing; wanted one of ViTForImage"});
  expect_refused(with("architectures", "ViTForImageClassification"), {"wanted a list of texts"});
  expect_refused(with("architectures", {3}), {"wanted a list of texts"});
}

TEST(TransformersConfig, ActivationNames) {
  const std::vector<std::pair<const char*, Activation>> names{
      {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_python_tanh", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"quick_gelu", Activation::quick_gelu},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"relu", Activation::relu}};
  for (const auto& [name, activation] : names) {
    EXPECT_EQ(resolve_model(with("hidden_act", name)).vit.mlp.activation, activation) << name;
  }
  for (const char* name : {"relu6", "gelu_10", "GELU", "", "mish\n\x1b[2J"}) {
    expect_refused(with("hidden_act", name), {"activation \"", "is not supported"});
  }
  expect_refused(with("hidden_act", 3), {"\"hidden_act\" is 3; wanted a text"});
}

TEST(TransformersConfig, AbsurdSizesAreRefused) {
  for (const char* key :
       {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "num_channels", "image_size", "patch_size", "num_labels"}) {
    for (const json& value :
         {json(0), json(-1), json(1e308), json("12"), json::array({json::array()}), json(1e12),
          json(INT64_MAX), json(UINT64_MAX), json(0.5), json(true), json::object(),
          json{{"a", 1}}}) {
      expect_refused(with(key, value), {});
    }
  }
  expect_refused(with("hidden_size", 7), {"width 7 is not divisible by 2 attention heads"});
  expect_refused(with("num_channels", 4), {"4 channels; wanted 3 (RGB) or 1 (grey)"});
  expect_refused(with("patch_size", 5), {"image size 4x4 is smaller than one 5-pixel patch"});
  expect_refused(with("patch_size", {2, 1}), {"\"patch_size\" is [2,1]; wanted a square patch"});
  expect_refused(with("num_hidden_layers", 257), {"depth is 257; wanted 1 to 256"});
  expect_refused(with("image_size", {4, 4, 4}), {"\"image_size\""});
  for (const json& value : {json(-1e-12), json(2), json("1e-6"), json(1e308)}) {
    expect_refused(with("layer_norm_eps", value), {"\"layer_norm_eps\""});
  }
  expect_refused(with("qkv_bias", 1), {"\"qkv_bias\" is 1; wanted true or false"});
}

TEST(TransformersConfig, BeitSaysWhatPartsItHas) {
  const auto beit = [](const json& part) {
    json config = with("architectures", {"BeitForImageClassification"});
    config.update(part);
    return resolve_model(config).vit;
  };
  const VitDescription plain = beit(json::object());
  EXPECT_EQ(plain.attention.qkv_bias, QkvBias::q_and_v);
  EXPECT_EQ(plain.norms.eps, 1e-12);
  EXPECT_EQ(plain.positions.rows, PosEmbedRows::none);
  EXPECT_FALSE(plain.positions.bias);
  EXPECT_FALSE(plain.positions.shared_bias);
  EXPECT_EQ(plain.positions.bias_resize, PosEmbedResize::bilinear);
  EXPECT_TRUE(plain.block.layer_scale);
  EXPECT_EQ(plain.pooling.kind, Pooling::patch_mean);
  EXPECT_FALSE(plain.norms.after_blocks);
  EXPECT_TRUE(plain.norms.after_pooling);
  EXPECT_TRUE(beit({{"use_relative_position_bias", true}}).position_bias);
  EXPECT_TRUE(beit({{"use_shared_relative_position_bias", true}}).shared_position_bias);
  EXPECT_EQ(beit({{"use_absolute_position_embeddings", true}}).pos_embed_rows,
            PosEmbedRows::all_tokens);
  EXPECT_FALSE(beit({{"layer_scale_init_value", 0}}).layer_scale);
  const VitDescription token = beit({{"use_mean_pooling", false}});
  EXPECT_EQ(token.pooling.kind, Pooling::token);
  EXPECT_TRUE(token.norms.after_blocks);
  EXPECT_FALSE(token.norms.after_pooling);
}

// ---- labels and scores

TEST(TransformersConfig, LabelsAreInNumericalOrder) {
  json id2label;
  for (int i = 0; i < 12; ++i) id2label[std::to_string(i)] = "label " + std::to_string(i);
  id2label["3"] = 33;  // some datasets' labels are numbers
  const ModelConfig model = resolve_model(with("id2label", id2label));
  EXPECT_EQ(model.vit.head.classes, 12);
  EXPECT_EQ(model.labels.descriptions[2], "label 2");
  EXPECT_EQ(model.labels.descriptions[3], "33");
  EXPECT_EQ(model.labels.descriptions[10], "label 10");
  EXPECT_TRUE(model.labels.names.empty());
}

TEST(TransformersConfig, LabelsThatDoNotCountUpAreRefused) {
  for (const json& id2label :
       {json{{"0", "a"}, {"2", "c"}}, json{{"1", "a"}, {"2", "b"}}, json{{"zero", "a"}},
        json{{"0", "a"}, {"00", "b"}}, json{{"-1", "a"}}, json{{"", "a"}}, json{{"0 ", "a"}},
        json{{"18446744073709551616", "a"}}, json{{"\x1b\n", "a"}}}) {
    expect_refused(with("id2label", id2label), {"\"id2label\" must number its"});
  }
  expect_refused(with("id2label", {"a", "b"}), {"\"id2label\"", "wanted an object"});
}

TEST(TransformersConfig, ACountThatContradictsTheLabelsWins) {
  json config = with("num_labels", 5);
  EXPECT_EQ(resolve_model(config).vit.head.classes, 5);
  EXPECT_TRUE(resolve_model(config).labels.descriptions.empty());
  EXPECT_EQ(resolve_model(config).sources.at("labels"), "none in the checkpoint");
  EXPECT_EQ(resolve_model(with("num_labels", 3)).labels.descriptions.size(), 3u);
  config.erase("id2label");
  EXPECT_EQ(resolve_model(config).vit.head.classes, 5);
  EXPECT_EQ(resolve_model(config).sources.at("classes"), "config.json");
}

TEST(TransformersConfig, ScoreActivationFollowsThePipeline) {
  const json one_label{{"0", "yes"}};
  EXPECT_EQ(resolve_model(test::tiny_transformers_config()).activation, ScoreActivation::softmax);
  EXPECT_EQ(resolve_model(with("id2label", one_label)).activation, ScoreActivation::sigmoid);
  const std::vector<std::pair<const char*, ScoreActivation>> problems{
      {"multi_label_classification", ScoreActivation::sigmoid},
      {"single_label_classification", ScoreActivation::softmax},
      {"regression", ScoreActivation::none}};
  for (const auto& [problem, activation] : problems) {
    const ModelConfig model = resolve_model(with("problem_type", problem));
    EXPECT_EQ(model.activation, activation) << problem;
    EXPECT_EQ(model.sources.at("scores"), "config.json");
  }
  json config = with("problem_type", "regression");
  config["id2label"] = one_label;
  EXPECT_EQ(resolve_model(config).activation, ScoreActivation::none);
  EXPECT_EQ(resolve_model(with("problem_type", nullptr)).activation, ScoreActivation::softmax);
  expect_refused(with("problem_type", 7), {"\"problem_type\" is 7; wanted a text"});
}

// ---- the image processor

PreprocessRecipe recipe_of(const json& settings, const std::string& model_type = "vit",
                           const RecipeOverrides& overrides = {}) {
  Provenance sources;
  return resolve_transformers_recipe(processor_reader(settings), model_type, overrides, sources);
}

void expect_refused_recipe(const json& settings, std::initializer_list<std::string> facts) {
  SCOPED_TRACE(settings.dump());
  expect_error<ModelError>([&] { recipe_of(settings); }, {"models/x/preprocessor_config.json"});
  expect_error<ModelError>([&] { recipe_of(settings); }, facts);
}

TEST(TransformersRecipe, DefaultsOfViT) {
  for (const json& settings : {json::object(), json{{"size", nullptr},
                                                    {"resample", nullptr},
                                                    {"image_mean", nullptr},
                                                    {"do_center_crop", nullptr}}}) {
    const PreprocessRecipe recipe = recipe_of(settings);
    EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
    EXPECT_EQ(recipe.resize, (ImageSize{224, 224}));
    EXPECT_EQ(recipe.interpolation, Interpolation::bilinear);
    EXPECT_EQ(recipe.crop, std::nullopt);
    EXPECT_EQ(recipe.rescale, 1.0 / 255);
    EXPECT_EQ(recipe.mean, (std::array{0.5, 0.5, 0.5}));
    EXPECT_EQ(recipe.std, (std::array{0.5, 0.5, 0.5}));
  }
}

TEST(TransformersRecipe, DefaultsOfDeiT) {
  const PreprocessRecipe recipe = recipe_of(json::object(), "deit");
  EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
  EXPECT_EQ(recipe.resize, (ImageSize{256, 256}));
  EXPECT_EQ(recipe.interpolation, Interpolation::bicubic);
  EXPECT_EQ(recipe.crop, (ImageSize{224, 224}));
  EXPECT_EQ(recipe.crop_rounding, CropRounding::floor);
  EXPECT_EQ(recipe.mean, (std::array{0.5, 0.5, 0.5}));
}

TEST(TransformersRecipe, TheProcessorsNames) {
  for (const char* name : {"DeiTImageProcessor", "DeiTImageProcessorFast", "DeiTImageProcessorPil",
                           "DeiTFeatureExtractor"}) {
    EXPECT_TRUE(recipe_of({{"image_processor_type", name}}).crop) << name;
    EXPECT_TRUE(recipe_of({{"feature_extractor_type", name}}).crop) << name;
  }
  for (const char* name : {"ViTImageProcessor", "ViTImageProcessorFast", "ViTFeatureExtractor"}) {
    EXPECT_FALSE(recipe_of({{"image_processor_type", name}}, "deit").crop) << name;
  }
  // The newer key wins.
  EXPECT_TRUE(recipe_of({{"image_processor_type", "DeiTImageProcessor"},
                         {"feature_extractor_type", "ViTFeatureExtractor"}})
                  .crop);
  for (const char* name : {"ConvNextImageProcessor", "CLIPExtractor", "ViT", "", "\n"}) {
    expect_refused_recipe({{"image_processor_type", name}},
                          {"\"image_processor_type\" is \"", "wanted ViTImageProcessor, DeiT"});
    expect_refused_recipe({{"feature_extractor_type", name}}, {"\"feature_extractor_type\" is \""});
  }
  expect_refused_recipe({{"image_processor_type", 5}}, {"wanted a text"});
}

TEST(TransformersRecipe, FormsOfSize) {
  const auto size_of = [](const json& size) {
    const PreprocessRecipe recipe = recipe_of({{"size", size}});
    EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
    return recipe.resize;
  };
  EXPECT_EQ(size_of(384), (ImageSize{384, 384}));
  EXPECT_EQ(size_of({192, 256}), (ImageSize{192, 256}));
  EXPECT_EQ(size_of({{"height", 192}, {"width", 256}}), (ImageSize{192, 256}));
  EXPECT_EQ(size_of({{"height", 192}, {"shortest_edge", 300}, {"width", 256}}),
            (ImageSize{192, 256}));
  const PreprocessRecipe edge =
      recipe_of({{"size", {{"shortest_edge", 256}}}, {"do_center_crop", true}, {"crop_size", 224}});
  EXPECT_EQ(edge.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(edge.resize, (ImageSize{256, 256}));
  EXPECT_EQ(edge.output_size(), (ImageSize{224, 224}));
}

TEST(TransformersRecipe, SizesThatCannotBe) {
  for (const json& size :
       {json{{"height", 224}}, json{{"width", 224}}, json::object(), json{{"longest_edge", 224}},
        json{{"shortest_edge", 224}, {"longest_edge", 300}},
        json{{"max_height", 1}, {"max_width", 1}}, json{{"height", 224}, {"shortest_edge", 224}}}) {
    expect_refused_recipe({{"size", size}},
                          {"\"size\"", "wanted height and width, or shortest_edge"});
  }
  for (const json& side : {json(0), json(-1), json(16385), json(1e308), json("224"), json(0.5),
                           json(true), json::array({1, 2})}) {
    expect_refused_recipe({{"size", {{"height", side}, {"width", 224}}}}, {"\"size.height\""});
    expect_refused_recipe({{"size", {{"shortest_edge", side}}}}, {"\"size.shortest_edge\""});
    expect_refused_recipe(
        {{"do_center_crop", true}, {"crop_size", {{"height", 1}, {"width", side}}}},
        {"\"crop_size.width\""});
  }
  expect_refused_recipe({{"size", "224"}}, {"\"size\" is \"224\""});
  expect_refused_recipe({{"size", {{"shortest_edge", 224}}}}, {"\"do_center_crop\"", "one size"});
}

TEST(TransformersRecipe, FormsOfCropSize) {
  const auto crop_of = [](const json& size) {
    return recipe_of({{"do_center_crop", true}, {"crop_size", size}}).crop;
  };
  EXPECT_EQ(crop_of(200), (ImageSize{200, 200}));
  EXPECT_EQ(crop_of({160, 200}), (ImageSize{160, 200}));
  EXPECT_EQ(crop_of({{"height", 160}, {"width", 200}}), (ImageSize{160, 200}));
  // Stored but not asked for; asked for but not stored.
  EXPECT_EQ(recipe_of({{"crop_size", 200}}).crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_center_crop", false}, {"crop_size", 200}}, "deit").crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_center_crop", true}}, "deit").crop, (ImageSize{224, 224}));
  expect_refused_recipe({{"do_center_crop", true}}, {"\"crop_size\" is nothing"});
  expect_refused_recipe({{"do_center_crop", true}, {"crop_size", {{"shortest_edge", 9}}}},
                        {"\"crop_size\"", "wanted height and width"});
}

TEST(TransformersRecipe, StepsThatAreLeftOut) {
  const PreprocessRecipe own_size =
      recipe_of({{"do_resize", false}, {"do_center_crop", true}, {"crop_size", 30}});
  EXPECT_EQ(own_size.resize_rule, ResizeRule::none);
  EXPECT_EQ(own_size.output_size(), (ImageSize{30, 30}));
  EXPECT_EQ(recipe_of({{"do_rescale", false}, {"rescale_factor", 0.1}}).rescale, 1);
  const PreprocessRecipe raw = recipe_of({{"do_normalize", false}, {"image_mean", {1, 2, 3}}});
  EXPECT_EQ(raw.mean, (std::array{0.0, 0.0, 0.0}));
  EXPECT_EQ(raw.std, (std::array{1.0, 1.0, 1.0}));
  expect_refused_recipe({{"do_resize", false}}, {"\"do_center_crop\"", "one size"});
  for (const char* key : {"do_resize", "do_center_crop", "do_rescale", "do_normalize"}) {
    expect_refused_recipe({{key, "false"}}, {key, "wanted true or false"});
  }
}

// As in Python, where None is false; a key that is absent has its class's default.
TEST(TransformersRecipe, AFlagThatIsNullIsOff) {
  EXPECT_EQ(recipe_of({{"do_rescale", nullptr}}).rescale, 1);
  EXPECT_EQ(recipe_of({{"do_normalize", nullptr}}).std, (std::array{1.0, 1.0, 1.0}));
  EXPECT_EQ(recipe_of({{"do_center_crop", nullptr}}, "deit").crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_resize", nullptr}}, "deit").resize_rule, ResizeRule::none);
  Provenance sources;
  resolve_transformers_recipe(processor_reader({{"do_rescale", nullptr}}), "vit", {}, sources);
  EXPECT_EQ(sources.at("rescale"), "preprocessor_config.json");
}

TEST(TransformersRecipe, FiltersByPillowsNumbers) {
  const std::vector<Interpolation> filters{Interpolation::nearest,  Interpolation::lanczos,
                                           Interpolation::bilinear, Interpolation::bicubic,
                                           Interpolation::box,      Interpolation::hamming};
  for (size_t i = 0; i < filters.size(); ++i) {
    EXPECT_EQ(recipe_of({{"resample", i}}).interpolation, filters[i]) << i;
  }
  for (const json& value : {json(-1), json(6), json("bicubic"), json(1e12), json(2.5)}) {
    expect_refused_recipe({{"resample", value}}, {"\"resample\"", "wanted an integer from 0 to 5"});
  }
}

TEST(TransformersRecipe, Normalisation) {
  const PreprocessRecipe recipe = recipe_of(
      {{"rescale_factor", 0.00784}, {"image_mean", {0.1, 0.2, 0.3}}, {"image_std", 0.25}});
  EXPECT_EQ(recipe.rescale, 0.00784);
  EXPECT_EQ(recipe.mean, (std::array{0.1, 0.2, 0.3}));
  EXPECT_EQ(recipe.std, (std::array{0.25, 0.25, 0.25}));
  EXPECT_EQ(recipe_of({{"image_mean", json::array({0.25})}}).mean, (std::array{0.25, 0.25, 0.25}));
  for (const json& value : {json::array({0.5, 0.5}), json::array(), json::array({1, 2, 3, 4}),
                            json::array({1, 2, 1e308}), json("0.5"), json::array({nullptr, 1, 1}),
                            json(1e308), json::object()}) {
    expect_refused_recipe({{"image_mean", value}}, {"\"image_mean\""});
    expect_refused_recipe({{"image_std", value}}, {"\"image_std\""});
  }
  for (const json& value : {json(0), json::array({1, 0, 1}), json(1e-300), json(-0.0)}) {
    expect_refused_recipe({{"image_std", value}}, {"\"image_std\"", "not so near 0"});
  }
  for (const json& value : {json(0), json(-1), json(1e308), json(1e-300), json("x")}) {
    expect_refused_recipe({{"rescale_factor", value}}, {"\"rescale_factor\""});
  }
}

TEST(TransformersRecipe, WithoutAFileTheSizeIsTheTrainedOne) {
  const ConfigReader nothing(json::object(), "models/x/preprocessor_config.json", "family default");
  const auto recipe_for = [&](const char* type, const RecipeOverrides& overrides = {}) {
    json config = with("image_size", 84);
    config["architectures"] = {std::string(type) + "ForImageClassification"};
    ModelConfig model =
        resolve_transformers_config(test::config_reader(config), nothing, overrides);
    EXPECT_EQ(model.sources.at("resize"),
              overrides.img_size ? "command line" : "the model's image size");
    return model.recipe;
  };
  EXPECT_EQ(recipe_for("ViT").resize, (ImageSize{84, 84}));
  const PreprocessRecipe deit = recipe_for("DeiT");  // 256 before a crop of 224
  EXPECT_EQ(deit.resize, (ImageSize{96, 96}));
  EXPECT_EQ(deit.crop, (ImageSize{84, 84}));
  EXPECT_EQ(recipe_for("ViT", {.img_size = ImageSize{42, 42}}).resize, (ImageSize{42, 42}));
}

TEST(TransformersRecipe, Sources) {
  Provenance sources;
  resolve_transformers_recipe(processor_reader({{"size", 8}, {"image_std", 0.3}}), "vit", {},
                              sources);
  EXPECT_EQ(sources.at("resize"), "preprocessor_config.json");
  EXPECT_EQ(sources.at("std"), "preprocessor_config.json");
  for (const char* field : {"crop", "interpolation", "mean", "rescale"}) {
    EXPECT_EQ(sources.at(field), "family default") << field;
  }
}

TEST(ProcessorConfig, NestedWinsOverPlainAndEitherMayBeMissing) {
  const test::TempDir folder;
  const auto resize = [&] {
    Provenance sources;
    return resolve_transformers_recipe(read_processor_config(folder.path()), "vit", {}, sources)
        .resize.height;
  };
  EXPECT_EQ(resize(), 224);
  EXPECT_EQ(read_processor_config(folder.path()).source(), "family default");
  folder.write("preprocessor_config.json", R"({"size": 32})");
  EXPECT_EQ(resize(), 32);
  folder.write("processor_config.json", R"({"processor_class": "X"})");
  EXPECT_EQ(resize(), 32);
  folder.write("processor_config.json", R"({"image_processor": {"size": 48}})");
  EXPECT_EQ(resize(), 48);
  EXPECT_EQ(read_processor_config(folder.path()).source(), "processor_config.json");
  folder.write("processor_config.json", R"({"image_processor": {"size": {"height": 0}}})");
  expect_error<ModelError>(resize, {"processor_config.json: \"image_processor.size.height\" is 0"});
  folder.write("processor_config.json", R"({"image_processor": 3})");
  expect_error<ModelError>(resize, {"\"image_processor\" is 3; wanted an object"});
  folder.write("processor_config.json", "[]");
  expect_error<ModelError>(resize, {"processor_config.json: holds a JSON array"});
}

TEST(TransformersConfig, ATestSizeIsTimmsAlone) {
  expect_error<UsageError>(
      [] {
        resolve_transformers_config(test::config_reader(test::tiny_transformers_config()),
                                    processor_reader(json::object()), {.use_test_size = true});
      },
      {"--use-test-size", "timm"});
}

}  // namespace
}  // namespace saccade
