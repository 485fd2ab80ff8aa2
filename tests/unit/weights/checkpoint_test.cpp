#include "weights/checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::expect_error;

class CheckpointTest : public testing::Test {
 protected:
  void write(const json& config, const test::TinyTensors& tensors) const {
    folder.write("config.json", config.dump());
    folder.write("model.safetensors", test::safetensors_of(tensors));
  }
  void write_transformers() const {
    write(test::tiny_transformers_config(), test::tiny_transformers_tensors());
    folder.write("preprocessor_config.json", R"({"size": 4})");
  }
  void write_timm() const { write(test::tiny_timm_config(), test::tiny_timm_tensors()); }
  template <typename Expected = ModelError>
  void expect_refused(std::initializer_list<std::string> facts,
                      const RecipeOverrides& overrides = {}) const {
    expect_error<Expected>([&] { open_checkpoint(folder.path(), overrides); }, {folder.path()});
    expect_error<Expected>([&] { open_checkpoint(folder.path(), overrides); }, facts);
  }

  test::TempDir folder;
};

TEST_F(CheckpointTest, FolderOrFile) {
  write_transformers();
  const fs::path file = folder.path() / "model.safetensors";
  const Checkpoint by_folder = open_checkpoint(folder.path());
  EXPECT_EQ(by_folder.name, folder.path().string());
  EXPECT_EQ(by_folder.file, file);
  EXPECT_EQ(by_folder.input_size(), (ImageSize{4, 4}));
  EXPECT_EQ(by_folder.config.labels.descriptions[2], "cat");
  EXPECT_EQ(by_folder.config.sources.at("resize"), "preprocessor_config.json");
  const Checkpoint by_file = open_checkpoint(file);
  EXPECT_EQ(by_file.name, file.string());
  EXPECT_EQ(by_file.config.labels.descriptions[2], "cat");
}

TEST_F(CheckpointTest, AFileInTheCurrentFolder) {
  write_timm();
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_NO_THROW(open_checkpoint("model.safetensors"));
  EXPECT_NO_THROW(open_checkpoint("."));
  fs::current_path(before);
}

TEST_F(CheckpointTest, TimmIsToldByItsArchitecture) {
  write_timm();
  const Checkpoint checkpoint = open_checkpoint(folder.path());
  EXPECT_EQ(checkpoint.config.family->config, ConfigKind::timm);
  EXPECT_EQ(checkpoint.weights.naming(), "timm");
}

TEST_F(CheckpointTest, WhatIsMissingIsNamed) {
  expect_refused({"neither model.safetensors nor pytorch_model.bin in this folder"});
  folder.write("pytorch_model.bin", "x");
  expect_refused({"pytorch_model.bin", "zip form"});
  folder.write("model.safetensors", test::safetensors_of(test::tiny_timm_tensors()));
  expect_refused({"no config.json beside it"});
  expect_error<ModelError>([&] { open_checkpoint(folder.path() / "nothing"); },
                           {"nothing: no such model; give a folder with config.json"});
  expect_error<ModelError>([&] { open_checkpoint(""); }, {"no such model"});
}

TEST_F(CheckpointTest, WhatTheSystemRefusesIsNoAbsence) {
  expect_error<SystemError>([&] { open_checkpoint(std::string(5000, 'x')); }, {"name too long"});
  fs::create_symlink("loop", folder.path() / "loop");
  expect_error<SystemError>([&] { open_checkpoint(folder.path() / "loop"); }, {"loop: "});
}

TEST_F(CheckpointTest, OtherModelsAreRefused) {
  write(test::tiny_timm_config(), {{"conv1.weight", {3, 3}}});
  expect_refused({"model.safetensors: not a vision transformer that Saccade knows"});
  write(test::tiny_timm_config(), {});
  expect_refused({"not a vision transformer that Saccade knows"});
}

TEST_F(CheckpointTest, BrokenFilesAreNamed) {
  write_transformers();
  folder.write("config.json", "{\"hidden_size\": 6,\n");
  expect_refused({"config.json: not valid JSON: line 2"});
  folder.write("config.json", test::tiny_transformers_config().dump());
  folder.write("preprocessor_config.json", "{\"size\": NaN}");
  expect_refused({"preprocessor_config.json: not valid JSON"});
  write_timm();
  folder.write("model.safetensors", "not tensors");
  expect_refused({"model.safetensors: "});
}

TEST_F(CheckpointTest, ConfigAndWeightsMustBelongTogether) {
  write_transformers();
  write(test::tiny_timm_config(), test::tiny_transformers_tensors());
  expect_refused({"config.json: no classifier in this checkpoint (no tensor 'head.weight')"});
  write(test::tiny_transformers_config(), test::tiny_timm_tensors());
  expect_refused({"model.safetensors: tensor 'classifier.weight' [3, 6] is missing"});
  json config = test::tiny_transformers_config();
  config["num_hidden_layers"] = 1;
  write(config, test::tiny_transformers_tensors());
  expect_refused({"unexpected tensor \"vit.encoder.layer.1."});
  config["num_hidden_layers"] = 3;
  write(config, test::tiny_transformers_tensors());
  expect_refused({"'vit.encoder.layer.2.layernorm_before.weight' [6] is missing"});
}

TEST_F(CheckpointTest, TransformersTakesAnotherSizeOnlyWhenAsked) {
  write_transformers();
  folder.write("preprocessor_config.json", R"({"size": 8})");
  expect_refused({"makes pictures of 8x8 but the model was trained for 4x4", "--img-size"});
  const Checkpoint asked = open_checkpoint(folder.path(), {.img_size = ImageSize{6, 8}});
  EXPECT_EQ(asked.input_size(), (ImageSize{6, 8}));
  EXPECT_EQ(asked.config.vit.tokens.image, (ImageSize{4, 4}));
}

TEST_F(CheckpointTest, TimmTakesTheSizeThatItsConfigNames) {
  json config = test::tiny_timm_config();
  config["pretrained_cfg"]["input_size"] = {3, 8, 6};
  write(config, test::tiny_timm_tensors());
  const Checkpoint checkpoint = open_checkpoint(folder.path());
  EXPECT_EQ(checkpoint.input_size(), (ImageSize{8, 6}));
  EXPECT_EQ(checkpoint.config.vit.tokens.image, (ImageSize{4, 4}));
}

TEST_F(CheckpointTest, InputsThatNoMachineCouldHoldAreRefused) {
  json config = test::tiny_timm_config();
  config["pretrained_cfg"]["input_size"] = {3, 16384, 16384};
  config["pretrained_cfg"]["crop_pct"] = 1.0;
  write(config, test::tiny_timm_tensors());
  expect_refused({"8192x8192 patches", "--img-size"});
  write_timm();
  EXPECT_NO_THROW(open_checkpoint(folder.path(), {.img_size = ImageSize{256, 256}}));
  const auto ask_for = [&](ImageSize size) {
    open_checkpoint(folder.path(), {.img_size = size, .crop_pct = 1.0});
  };
  expect_error<UsageError>(
      [&] {
        ask_for({258, 256});
      },
      {"--img-size", "129x128 patches; wanted at most 16384"});
  expect_error<UsageError>(
      [&] {
        ask_for({1, 4});
      },
      {"--img-size", "an input of 1x4 is smaller than one 2-pixel patch"});
}

// timm's trainer leaves a file that names its model; sizes are those of the tensors.
TEST(Checkpoint, TrainersFileAlone) {
  const auto file = test::source_path("tests/unit/weights/data/torch/checkpoint.pth.tar");
  const ModelConfig config = open_checkpoint(file).config;
  EXPECT_EQ(config.architecture, "vit_tiny_patch16_224");
  EXPECT_EQ(config.vit.tokens.patch, 8);
  EXPECT_EQ(config.vit.attention.heads, 3);
  EXPECT_EQ(config.vit.head.classes, 7);
  EXPECT_EQ(config.vit.tokens.image, (ImageSize{32, 32}));
  EXPECT_EQ(config.recipe.output_size(), (ImageSize{32, 32}));
  EXPECT_EQ(config.recipe.mean[0], 0.5);  // as timm prepares pictures for that name
  EXPECT_EQ(config.sources.at("mean"), "timm's default");
  EXPECT_EQ(open_checkpoint(file, {.img_size = ImageSize{64, 64}}).input_size(),
            (ImageSize{64, 64}));
}

TEST(Checkpoint, ArchSaysWhatTheFileDoesNot) {
  const test::TempDir folder;
  const auto data = test::source_path("tests/unit/weights/data/torch/pytorch_model.bin");
  std::filesystem::copy(data, folder.path() / "weights.pth");
  const auto file = folder.path() / "weights.pth";
  test::expect_error<ModelError>([&] { open_checkpoint(file); },
                                 {"weights.pth", "no config.json", "--arch"});
  EXPECT_EQ(
      open_checkpoint(file, {.architecture = "vit_tiny_patch16_224"}).config.vit.attention.heads,
      3);
  test::expect_error<ModelError>(
      [&] { open_checkpoint(file, {.architecture = "vit_tini_patch16_224"}); },
      {"vit_tini_patch16_224"});
  folder.write("config.json", "{}");
  test::expect_error<UsageError>(
      [&] { open_checkpoint(file, {.architecture = "vit_tiny_patch16_224"}); },
      {"--arch", "config.json"});
}

}  // namespace
}  // namespace saccade
