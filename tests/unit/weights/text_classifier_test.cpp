#include "weights/text_classifier.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/golden_case.h"
#include "tests/support/safetensors_bytes.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

std::string tensor_file(const std::string& name, const std::string& shape,
                        const std::vector<float>& values) {
  std::string data(values.size() * sizeof(float), 0);
  if (!values.empty()) std::memcpy(data.data(), values.data(), data.size());
  return safetensors_bytes("{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape +
                               ",\"data_offsets\":[0," + std::to_string(data.size()) + "]}}",
                           data);
}

class TextClassifier : public testing::Test {
 protected:
  // clip_zero_shot's embeddings have 12 columns.
  Checkpoint open_with(const std::string& bytes, const std::string& model = "clip_zero_shot") {
    RecipeOverrides overrides;
    overrides.classifier = folder_.write("texts.safetensors", bytes);
    return open_checkpoint(golden_path(model), overrides);
  }
  TempDir folder_;
};

TEST_F(TextClassifier, RowsHaveTheLengthOfTheScale) {
  std::vector<float> texts(24, 0);
  texts[0] = 3;
  texts[12 + 1] = -4;
  texts[12 + 2] = 3;
  const Checkpoint checkpoint = open_with(tensor_file("text_embeds", "[2,12]", texts));
  EXPECT_EQ(checkpoint.config.vit.head.classes, 2);
  const TensorFile file(checkpoint.file);
  float logit_scale = 0;
  convert_to_f32(*file.find("logit_scale"), {&logit_scale, 1});
  const float scale = std::exp(logit_scale);
  const std::vector<float> weight = checkpoint.weights.read("text_embeds.weight");
  EXPECT_NEAR(weight[0], scale, 1e-5);
  EXPECT_NEAR(weight[12 + 1], -0.8f * scale, 1e-5);
  EXPECT_NEAR(weight[12 + 2], 0.6f * scale, 1e-5);
  EXPECT_EQ(checkpoint.weights.read("text_embeds.bias"), std::vector<float>(2, 0));
}

TEST_F(TextClassifier, SiglipBringsItsBias) {
  const Checkpoint checkpoint = open_golden("siglip_zero_shot");
  const TensorFile file(checkpoint.file);
  float bias = 0;
  convert_to_f32(*file.find("logit_bias"), {&bias, 1});
  EXPECT_NE(bias, 0);
  EXPECT_EQ(checkpoint.weights.read("text_embeds.bias"), std::vector<float>(5, bias));
  EXPECT_EQ(checkpoint.config.activation, ScoreActivation::sigmoid);
}

TEST_F(TextClassifier, WhatIsNotOneIsRefused) {
  const auto refused = [&](const std::string& bytes, std::initializer_list<std::string> facts) {
    expect_error<ModelError>([&] { open_with(bytes); }, facts);
  };
  refused(tensor_file("texts", "[1,12]", std::vector<float>(12, 1)),
          {"texts.safetensors", "no tensor 'text_embeds' [classes, 12]"});
  refused(tensor_file("text_embeds", "[1,13]", std::vector<float>(13, 1)),
          {"13 columns", "embedding 12", "text tower"});
  refused(tensor_file("text_embeds", "[12]", std::vector<float>(12, 1)),
          {"shape [12]", "wanted [classes, 12]"});
  refused(tensor_file("text_embeds", "[0,12]", {}), {"shape [0, 12]"});
  std::vector<float> texts(24, 1);
  std::fill_n(texts.begin() + 12, 12, 0.0f);
  refused(tensor_file("text_embeds", "[2,12]", texts), {"row 1", "zero"});
  texts[13] = std::numeric_limits<float>::quiet_NaN();
  refused(tensor_file("text_embeds", "[2,12]", texts), {"row 1", "not finite"});
}

TEST_F(TextClassifier, IsForWholeModelsOnly) {
  const std::string texts = tensor_file("text_embeds", "[1,12]", std::vector<float>(12, 1));
  expect_error<UsageError>([&] { open_with(texts, "clip_hf"); },
                           {"--classifier", "clip_hf", "CLIPForImageClassification"});
  expect_error<ModelError>([] { open_checkpoint(golden_path("clip_zero_shot")); },
                           {"no classifier", "CLIPModel", "--classifier", "[classes, 12]"});
}

TEST_F(TextClassifier, ACheckpointWithoutItsScaleIsRefused) {
  const std::string texts = tensor_file("text_embeds", "[1,12]", std::vector<float>(12, 1));
  const TempDir model;
  const std::filesystem::path golden = golden_path("clip_zero_shot");
  copy(golden, model.path() / "clip");
  std::ifstream stream(golden / "model.safetensors", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  bytes.replace(bytes.find("\"logit_scale\""), 13, "\"logit_scalf\"");
  model.write("clip/model.safetensors", bytes);
  expect_error<ModelError>([&] { open_with(texts, model.path() / "clip"); },
                           {"model.safetensors", "no tensor 'logit_scale'"});
}

}  // namespace
}  // namespace saccade
