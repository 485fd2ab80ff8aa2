// The transformer, labels and scores of a transformers config.json, as transformers 5.23 reads it.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_transformers.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;
using test::expect_refused;
using test::processor_reader;
using test::resolve_model;
using test::with;

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
  expect_refused({{"model_type", "swin"}}, {"model_type \"swin\" is not supported", "ViTForImage"});
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
  // The others of transformers' ACT2FN, each with the list of those that run.
  for (const std::string name :
       {"gelu_10", "hardswish", "laplace", "leaky_relu", "linear", "mish", "relu2", "relu6",
        "sigmoid", "sqrtsoftplus", "tanh", "prelu", "xielu"}) {
    expect_refused(
        with("hidden_act", name),
        {"activation \"" + name + "\" is not supported; supported are gelu, gelu_python,",
         "silu, swish and relu"});
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
  EXPECT_TRUE(beit({{"use_relative_position_bias", true}}).positions.bias);
  EXPECT_TRUE(beit({{"use_shared_relative_position_bias", true}}).positions.shared_bias);
  EXPECT_EQ(beit({{"use_absolute_position_embeddings", true}}).positions.rows,
            PosEmbedRows::all_tokens);
  EXPECT_FALSE(beit({{"layer_scale_init_value", 0}}).block.layer_scale);
  const VitDescription token = beit({{"use_mean_pooling", false}});
  EXPECT_EQ(token.pooling.kind, Pooling::token);
  EXPECT_TRUE(token.norms.after_blocks);
  EXPECT_FALSE(token.norms.after_pooling);
}

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
