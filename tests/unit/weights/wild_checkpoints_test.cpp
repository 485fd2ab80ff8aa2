// Checkpoints as people have them: under wrappers' prefixes, of other formats, of other
// architectures, without the keys that describe them.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/golden_case.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"
#include "weights/checkpoint.h"
#include "weights/files/json_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::expect_error;

class WildCheckpoint : public testing::Test {
 protected:
  void write(const json& config, const test::TinyTensors& tensors,
             const std::string& name = "") const {
    folder.write(name + "config.json", config.dump());
    folder.write(name + "model.safetensors", test::safetensors_of(tensors));
  }
  void write_timm(const std::string& name = "") const {
    write(test::tiny_timm_config(), test::tiny_timm_tensors(), name);
  }
  fs::path path(const std::string& name = "") const { return folder.path() / name; }
  void expect_refused(const fs::path& model, std::initializer_list<std::string> facts) const {
    expect_error<ModelError>([&] { open_checkpoint(model); }, facts);
  }
  test::TempDir folder;
};

test::TinyTensors prefixed(test::TinyTensors tensors, const std::string& prefix,
                           const std::string& except = "none") {
  for (test::TinyTensor& tensor : tensors) {
    if (!tensor.name.starts_with(except)) tensor.name.insert(0, prefix);
  }
  return tensors;
}

TEST_F(WildCheckpoint, PrefixesComeOffInAnyOrderAndNumber) {
  for (const std::string prefix :
       {"model.", "net.", "base_model.model.", "backbone.", "encoder.", "_orig_mod.", "module.",
        "module.model.", "model._orig_mod.net.", "module.module.", "timm_model.backbone.",
        "my_own_wrapper.", "teacher.model."}) {
    SCOPED_TRACE(prefix);
    write(test::tiny_timm_config(), prefixed(test::tiny_timm_tensors(), prefix));
    const Checkpoint timm = open_checkpoint(path());
    EXPECT_EQ(timm.weights.prefix(), prefix);
    EXPECT_EQ(timm.config.vit.depth, 2);
    write(test::tiny_transformers_config(), prefixed(test::tiny_transformers_tensors(), prefix));
    folder.write("preprocessor_config.json", R"({"size": 4})");
    EXPECT_EQ(open_checkpoint(path()).weights.prefix(), prefix + "vit.");
  }
}

TEST_F(WildCheckpoint, AClassifierBesideTheBackbone) {
  for (const std::string head : {"head", "classifier", "fc"}) {
    auto tensors = prefixed(test::tiny_timm_tensors(), "backbone.", "head");
    for (test::TinyTensor& tensor : tensors) {
      if (tensor.name.starts_with("head")) tensor.name.replace(0, 4, head);
    }
    write(test::tiny_timm_config(), tensors);
    const Checkpoint checkpoint = open_checkpoint(path());
    EXPECT_EQ(checkpoint.weights.prefix(), "backbone.");
    EXPECT_EQ(checkpoint.config.vit.head.classes, 3);
  }
}

TEST_F(WildCheckpoint, TensorsOfTheTrainingDoNoHarm) {
  auto tensors = prefixed(test::tiny_timm_tensors(), "module.");
  tensors.push_back({"n_averaged", {}, "I64"});  // torch.optim.swa_utils.AveragedModel
  tensors.push_back({"criterion.weight", {3}});
  write(test::tiny_timm_config(), tensors);
  EXPECT_EQ(open_checkpoint(path()).weights.ignored(),
            (std::vector<std::string>{"criterion.weight", "n_averaged"}));
  tensors.push_back({"other.weight", {3}});
  write(test::tiny_timm_config(), tensors);
  expect_refused(path(), {"unexpected tensor \"other.weight\""});
}

TEST_F(WildCheckpoint, TwoModelsInOneFileAreRefused) {
  auto tensors = prefixed(test::tiny_timm_tensors(), "student.");
  for (const auto& tensor : prefixed(test::tiny_timm_tensors(), "teacher.")) {
    tensors.push_back(tensor);
  }
  write(test::tiny_timm_config(), tensors);
  expect_refused(path(), {"not a vision transformer that Saccade knows"});
}

TEST_F(WildCheckpoint, AnAdapterNamesItsBaseModel) {
  folder.write("adapter_config.json",
               R"({"peft_type": "LORA", "base_model_name_or_path": "google/vit-base"})");
  folder.write("adapter_model.safetensors", test::safetensors_of({}));
  const std::vector<fs::path> ways{path(), path("adapter_model.safetensors"),
                                   path("adapter_config.json")};
  for (const fs::path& way : ways) {
    expect_refused(way, {"adapter_config.json", "PEFT adapter (\"LORA\")", "\"google/vit-base\"",
                         "merge_and_unload"});
  }
  write_timm();  // transformers would load the adapter, too
  expect_refused(path(), {"PEFT adapter"});
  auto tensors = test::tiny_timm_tensors();
  tensors.push_back({"blocks.0.attn.qkv.lora_A.default.weight", {2, 6}});
  fs::remove(path("adapter_config.json"));
  write(test::tiny_timm_config(), tensors);
  expect_refused(path(), {"layers of a LoRA adapter", "merge"});
}

TEST_F(WildCheckpoint, ATrainersRootNamesTheNewest) {
  write_timm("run/checkpoint-500/");
  write_timm("run/checkpoint-1000/");
  write_timm("run/checkpoint-best/");
  expect_refused(path("run"), {"run: no weights", "checkpoint-1000"});
  write_timm("run/");  // the final model
  EXPECT_NO_THROW(open_checkpoint(path("run")));
}

TEST_F(WildCheckpoint, AFolderOfModelsListsThem) {
  write_timm("a/");
  write_timm("b/");
  expect_refused(path(), {"2 folders inside", "/a, ", "/b"});
  fs::remove_all(path("b"));
  expect_refused(path(), {"1 folder inside; give that: ", "/a"});
}

TEST_F(WildCheckpoint, OtherFormatsAreNamed) {
  const std::vector<std::pair<std::string, std::string>> formats{
      {"flax_model.msgpack", "Flax weights"},
      {"tf_model.h5", "TensorFlow weights"},
      {"saved_model.pb", "SavedModel"},
      {"model.keras", "Keras"},
      {"model.onnx", "ONNX"},
      {"model.gguf", "GGUF"},
      {"model.tflite", "TensorFlow Lite"},
      {"ViT-B_16.npz", "JAX"},
  };
  for (const auto& [name, what] : formats) {
    const test::TempDir own;
    own.write("config.json", "{}");
    const fs::path file = own.write(name, "x");
    expect_refused(own.path(), {name, what});
    expect_refused(file, {name, what});
  }
  folder.write("web/onnx/model_quantized.onnx", "x");
  expect_refused(path("web"), {"an ONNX model"});
  expect_refused(folder.write("renamed", "GGUF\3"), {"a GGUF file"});
  folder.write("openvino_model.xml", "<?xml version=\"1.0\"?>\n<net name=\"vit\" version=\"11\">");
  expect_refused(folder.write("openvino_model.bin", "x"), {"OpenVINO"});
  expect_refused(path(), {"OpenVINO"});
  expect_refused(folder.write("training_args.bin", "x"), {"the arguments of a training"});
}

TEST_F(WildCheckpoint, WeightsUnderAnotherNameAreGivenByPath) {
  folder.write("best.safetensors", test::safetensors_of(test::tiny_timm_tensors()));
  folder.write("config.json", test::tiny_timm_config().dump());
  expect_refused(path(), {"by its own path", "best.safetensors"});
  EXPECT_NO_THROW(open_checkpoint(path("best.safetensors")));
}

TEST_F(WildCheckpoint, ThePathOfConfigJsonIsItsFolder) {
  write_timm();
  EXPECT_EQ(open_checkpoint(path("config.json")).name, folder.path().string());
}

TEST_F(WildCheckpoint, OtherArchitecturesAreNamedBeforeTheirTensors) {
  const auto refused_as = [&](const json& config, const std::string& name) {
    write(config, {{"conv1.weight", {3, 3}}});
    expect_refused(path(), {"config.json", "\"" + name + "\""});
  };
  for (const char* name : {"SwinForImageClassification", "ConvNextForImageClassification",
                           "ResNetForImageClassification", "SwinModel"}) {
    refused_as({{"architectures", {name}}, {"model_type", "swin"}}, name);
  }
  refused_as({{"model_type", "convnextv2"}}, "convnextv2");
  refused_as({{"architecture", "swin_tiny_patch4_window7_224"}}, "swin_tiny_patch4_window7_224");
  write(json::object(), {{"layer1.0.conv1.weight", {3, 3}}});
  expect_refused(path(), {"not a vision transformer that Saccade knows", "a ResNet"});
}

TEST_F(WildCheckpoint, QuantisedWeightsAreNamed) {
  json config = test::tiny_transformers_config();
  config["quantization_config"] = {{"quant_method", "bitsandbytes"}};
  write(config, test::tiny_transformers_tensors());
  expect_refused(path(), {"config.json", "quantised (\"bitsandbytes\")"});
  auto tensors = test::tiny_timm_tensors();
  tensors.push_back({"blocks.0.attn.qkv.SCB", {18}});
  write(test::tiny_timm_config(), tensors);
  expect_refused(path(), {"quantised (bitsandbytes, 8 bits)"});
}

test::TinyTensors torchvision_tensors(const std::string& fc1, const std::string& fc2) {
  const int64_t dim = 64;
  test::TinyTensors tensors{
      {"class_token", {1, 1, dim}},       {"conv_proj.weight", {dim, 3, 2, 2}},
      {"conv_proj.bias", {dim}},          {"encoder.pos_embedding", {1, 5, dim}},
      {"encoder.ln.weight", {dim}},       {"encoder.ln.bias", {dim}},
      {"heads.head.weight", {1000, dim}}, {"heads.head.bias", {1000}}};
  const std::string block = "encoder.layers.encoder_layer_0.";
  const auto linear = [&](const std::string& name, int64_t out, int64_t in) {
    tensors.push_back({block + name + ".weight", {out, in}});
    tensors.push_back({block + name + ".bias", {out}});
  };
  for (const char* norm : {"ln_1", "ln_2"}) {
    tensors.push_back({block + norm + ".weight", {dim}});
    tensors.push_back({block + norm + ".bias", {dim}});
  }
  tensors.push_back({block + "self_attention.in_proj_weight", {3 * dim, dim}});
  tensors.push_back({block + "self_attention.in_proj_bias", {3 * dim}});
  linear("self_attention.out_proj", dim, dim);
  linear(fc1, 8, dim);
  linear(fc2, dim, 8);
  return tensors;
}

TEST_F(WildCheckpoint, TorchvisionNeedsNoConfig) {
  for (const auto& [fc1, fc2] :
       {std::pair("mlp.0", "mlp.3"), std::pair("mlp.linear_1", "mlp.linear_2")}) {
    const auto file =
        folder.write("vit.safetensors", test::safetensors_of(torchvision_tensors(fc1, fc2)));
    const Checkpoint checkpoint = open_checkpoint(file);
    EXPECT_EQ(checkpoint.config.family->name, "ViT (torchvision)");
    EXPECT_EQ(checkpoint.config.vit.attention.heads, 1);
    EXPECT_EQ(checkpoint.config.vit.norms.eps, 1e-6);
    EXPECT_EQ(checkpoint.input_size(), (ImageSize{4, 4}));
    EXPECT_EQ(checkpoint.config.recipe.interpolation, Interpolation::bilinear);
    EXPECT_EQ(checkpoint.config.recipe.resize.height, 5);  // 256 / 224 of 4
    EXPECT_EQ(checkpoint.config.labels.names[7], "n01514668");
  }
  const auto swag = folder.write("vit_swag.safetensors",
                                 test::safetensors_of(torchvision_tensors("mlp.0", "mlp.3")));
  EXPECT_EQ(open_checkpoint(swag).config.recipe.interpolation, Interpolation::bicubic);
  EXPECT_EQ(open_checkpoint(swag).config.recipe.resize.height, 4);
  expect_error<UsageError>([&] { open_checkpoint(swag, {.architecture = "vit_base_patch16_224"}); },
                           {"--arch", "torchvision"});
}

TEST_F(WildCheckpoint, TimmWrapperKeepsItsProblemType) {
  json config = test::tiny_timm_config();
  const auto scores = [&](const json& type) {
    config["problem_type"] = type;
    write(config, test::tiny_timm_tensors());
    return open_checkpoint(path()).config.activation;
  };
  EXPECT_EQ(scores("multi_label_classification"), ScoreActivation::sigmoid);
  EXPECT_EQ(scores("regression"), ScoreActivation::none);
  EXPECT_EQ(scores("single_label_classification"), ScoreActivation::softmax);
  EXPECT_EQ(scores(nullptr), ScoreActivation::softmax);
}

TEST_F(WildCheckpoint, LabelsOfTheUserComeBeforeTheModelsOwn) {
  json config = test::tiny_transformers_config();
  config["id2label"] = {{"1", "a"}, {"2", "b"}, {"7", "c"}};  // misnumbered
  write(config, test::tiny_transformers_tensors());
  folder.write("preprocessor_config.json", R"({"size": 4})");
  expect_refused(path(), {"\"id2label\" must number"});
  const auto names = folder.write("names.txt", "x\ny\nz\n");
  EXPECT_EQ(open_checkpoint(path(), {.labels = names}).config.labels.descriptions[2], "z");
}

// A golden case without "architectures": its tensors show which class it is.
TEST_F(WildCheckpoint, ArchitecturesMayBeAbsent) {
  for (const std::string name : {"clip_hf", "siglip_hf", "clip_zero_shot", "siglip_zero_shot",
                                 "deit_hf", "deit_hf_teacher"}) {
    SCOPED_TRACE(name);
    const test::TempDir own;
    for (const auto& file : fs::directory_iterator(test::golden_path(name))) {
      fs::copy_file(file, own.path() / file.path().filename());
    }
    json config = read_json_file(own.path() / "config.json");
    const json architecture = config["architectures"][0];
    config.erase("architectures");
    own.write("config.json", config.dump());
    RecipeOverrides overrides;
    if (name.ends_with("zero_shot")) overrides.classifier = own.path() / "classifier.safetensors";
    EXPECT_EQ(open_checkpoint(own.path(), overrides).config.architecture, architecture);
  }
}

TEST_F(WildCheckpoint, ABackboneAloneHasNoClassifier) {
  auto tensors = test::tiny_transformers_tensors();
  std::erase_if(tensors, [](const auto& tensor) { return tensor.name.starts_with("classifier"); });
  json config = test::tiny_transformers_config();
  config.erase("architectures");
  write(config, tensors);
  expect_refused(path(), {"no classifier in this checkpoint (model_type \"vit\")"});
}

}  // namespace
}  // namespace saccade
