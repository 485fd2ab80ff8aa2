// Models as people have them, given to the program: files of other trainers, torchvision's, and
// what is no model.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string torch_data(const std::string& name) {
  return source_path("tests/unit/weights/data/torch/" + name).string();
}

json answer(std::vector<std::string> model) {
  std::vector<std::string> arguments{"classify", "-q",    sample("cat.png"),
                                     "--format", "jsonl", "-m"};
  arguments.insert(arguments.end(), model.begin(), model.end());
  const ProcessResult result = run_saccade(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.exit_code == 0 ? json::parse(result.out)["predictions"] : json();
}

void expect_refused(const std::string& model, std::initializer_list<std::string> facts) {
  const ProcessResult result = run_saccade({"inspect", model});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  for (const std::string& fact : facts) {
    EXPECT_NE(result.err.find(fact), std::string::npos) << fact << " in " << result.err;
  }
}

TEST(WildModels, TrainersFilesGiveTheModelsAnswer) {
  const std::string arch = "vit_tiny_patch16_224";
  const json wanted = answer({torch_data("pytorch_model.bin"), "--arch", arch});
  EXPECT_EQ(answer({torch_data("lightning.ckpt"), "--arch", arch}), wanted);
  const json halves = answer({torch_data("trainer.pth"), "--arch", arch});
  EXPECT_EQ(halves[0]["index"], wanted[0]["index"]);
}

TEST(WildModels, InspectSaysWhatWasTakenOff) {
  const auto found = [](const std::string& file) {
    const ProcessResult result = run_saccade(
        {"inspect", torch_data(file), "--arch", "vit_tiny_patch16_224", "--format", "json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out)["weights"];
  };
  EXPECT_EQ(found("lightning.ckpt")["prefix"]["value"], "model.");
  EXPECT_EQ(found("lightning.ckpt")["entry"]["value"], "state_dict");
  EXPECT_EQ(found("trainer.pth")["prefix"]["value"], "module.net.");
  EXPECT_EQ(found("trainer.pth")["entry"]["value"], "model_state_dict");
  const ProcessResult text =
      run_saccade({"inspect", torch_data("lightning.ckpt"), "--arch", "vit_tiny_patch16_224"});
  EXPECT_NE(text.out.find("model. taken off the names"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("those under state_dict"), std::string::npos) << text.out;
}

TEST(WildModels, TorchvisionsStateDictRunsAlone) {
  const fs::path golden = source_path("tests/golden/cases/vit_torchvision");
  const TempDir folder;
  const fs::path file = folder.write("vit.pth", read_file(golden / "pytorch_model.bin"));
  EXPECT_EQ(answer({file.string()}), answer({golden.string()}));
}

TEST(WildModels, AnAddressIsNoName) {
  expect_refused("https://huggingface.co/google/vit-base-patch16-224/tree/main",
                 {"an address", "alone: google/vit-base-patch16-224"});
  expect_refused("huggingface.co/google/vit-base-patch16-224",
                 {"alone: google/vit-base-patch16-224"});
  expect_refused("hf://google/vit-base-patch16-224", {"alone: google/vit-base-patch16-224"});
  expect_refused("https://example.org/model.safetensors", {"an address", "download it first"});
}

TEST(WildModels, WhatIsNoVisionTransformerIsNamed) {
  const TempDir folder;
  folder.write("adapter_config.json",
               R"({"peft_type":"LORA","base_model_name_or_path":"google/vit-base-patch16-224"})");
  expect_refused(folder.path().string(), {"adapter", "LORA", "google/vit-base-patch16-224"});

  const TempDir root;
  root.write("checkpoint-500/model.safetensors", "x");
  expect_refused(root.path().string(), {"checkpoint-500"});

  const TempDir flax;
  flax.write("flax_model.msgpack", "x");
  flax.write("config.json", "{}");
  expect_refused(flax.path().string(), {"Flax weights", "from_flax"});
}

}  // namespace
}  // namespace saccade::test
