// Tests of models: the built-in one from its search paths, those given with -m, bad ones, and
// `saccade inspect`.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/saccade_program.h"
#include "tests/support/spoiled_checkpoint.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

fs::path builtin_folder() { return source_path("weights/builtin-model"); }

/// Copies the built-in model to `folder`, where tests may change it.
fs::path copy_model(const TempDir& folder) {
  const fs::path model = folder.path() / "model";
  fs::create_directory(model);
  for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"}) {
    folder.write("model/" + std::string(name), read_file(builtin_folder() / name));
  }
  return model;
}

/// Fills the classifier's bias, an F16 tensor, with NaN.
void spoil_bias(const fs::path& file) {
  std::string bytes = read_file(file);
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  const auto header = nlohmann::json::parse(bytes.substr(8, header_size));
  const auto& bias = header["classifier.bias"];
  const size_t begin = 8 + header_size + bias["data_offsets"][0].get<size_t>();
  const size_t end = 8 + header_size + bias["data_offsets"][1].get<size_t>();
  std::memset(bytes.data() + begin, 0xff, end - begin);  // all ones are NaN in every float format
  std::ofstream(file, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

TEST(Model, FolderAndFileNameTheSameModel) {
  const std::string folder = builtin_folder().string();
  const ProcessResult by_folder = run_saccade({"classify", sample("cat.png"), "-m", folder});
  EXPECT_EQ(by_folder.exit_code, 0);
  EXPECT_EQ(by_folder.err, "");  // the note is only for the built-in model
  const ProcessResult by_file =
      run_saccade({"classify", sample("cat.png"), "-m", folder + "/model.safetensors"});
  EXPECT_EQ(by_file.out, by_folder.out);
  EXPECT_EQ(run_saccade({"classify", "-q", sample("cat.png")}).out, by_folder.out);
}

TEST(Model, PyTorchFileGivesTheSameAnswers) {
  const fs::path golden = source_path("tests/golden/cases/vit_timm");
  const TempDir folder;
  folder.write("config.json", read_file(golden / "config.json"));
  folder.write("pytorch_model.bin",
               read_file(source_path("tests/unit/weights/data/torch/pytorch_model.bin")));
  const auto answers = [](const fs::path& model) {
    auto result = nlohmann::json::parse(
        run_saccade({"classify", sample("cat.png"), "--format", "jsonl", "-m", model.string()})
            .out);
    result.erase("model");
    return result;
  };
  EXPECT_EQ(answers(folder.path()), answers(golden));
}

TEST(Model, MissingOrBrokenModelIsFatal) {
  const TempDir folder;
  const fs::path model = copy_model(folder);
  folder.write("model/config.json", "{");
  for (const std::string& path :
       {(folder.path() / "none").string(), folder.path().string(), model.string()}) {
    const ProcessResult result =
        run_saccade({"classify", sample("cat.png"), "-m", path, "--format", "json"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_NE(result.err.find(path), std::string::npos) << result.err;
    EXPECT_EQ(run_saccade({"inspect", path}).err, result.err);
  }
}

TEST(Model, NanIsRefusedInEveryPrecision) {
  const TempDir folder;
  const fs::path model = copy_model(folder);
  spoil_bias(model / "model.safetensors");
  const std::string out = (folder.path() / "out").string();
  const std::string labelled =
      folder.write("list.tsv", "file\tlabel\n" + sample("cat.png") + "\ttabby\n").string();
  for (const std::string precision : {"f32", "bf16", "int8"}) {
    for (std::vector<std::string> command :
         {std::vector<std::string>{"classify", sample("cat.png"), "--format", "json"},
          {"classify", sample("cat.png"), sample("coffee.png"), "--format", "csv"},
          {"batch", sample("cat.png"), "-o", out},
          {"attend", sample("cat.png"), "-o", out},
          {"evaluate", labelled},
          {"bench", "--seconds", "0.1"}}) {
      SCOPED_TRACE(command.front() + " " + precision);
      command.insert(command.end(), {"-q", "-m", model.string(), "--precision", precision});
      if (command.front() == "bench") std::erase(command, "-q");
      const ProcessResult result = run_saccade(command);
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_EQ(result.out, "");
      for (const char* fact : {"model.safetensors: ", "\"classifier.bias\"", "not finite"}) {
        EXPECT_NE(result.err.find(fact), std::string::npos) << result.err;
      }
    }
  }
}

// Weights that are finite, sums that are not.
TEST(Model, AnAnswerThatIsNotFiniteIsAnError) {
  SpoiledCheckpoint spoiled("vit_hf");
  for (const auto& tensor : spoiled.tensors()) {
    if (tensor.name == "classifier.weight") spoiled.fill(tensor, 3e38f);
  }
  const ProcessResult result = run_saccade(
      {"classify", sample("cat.png"), "-m", spoiled.path().string(), "--format", "jsonl"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("NaN"), std::string::npos) << result.err;
  EXPECT_TRUE(nlohmann::json::parse(result.out)["predictions"].empty());
}

TEST(Model, InstalledTreeIsRelocatable) {
  const TempDir folder;
  const std::string prefix = (folder.path() / "prefix").string();
  const ProcessResult install =
      run_process({SACCADE_CMAKE, "--install", SACCADE_BUILD_DIR, "--prefix", prefix});
  ASSERT_EQ(install.exit_code, 0) << install.err;
  const fs::path moved = folder.path() / "elsewhere";
  fs::rename(prefix, moved);
  EXPECT_TRUE(fs::exists(moved / "share/saccade/models/tiny-imagenet/README.md"));
  const std::vector<std::string> arguments{"classify", sample("cat.png")};
  const ProcessResult here = run_saccade(arguments);
  const ProcessResult there =
      run_process({(moved / "bin/saccade").string(), "classify", sample("cat.png")});
  EXPECT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(there.out, here.out);
  EXPECT_EQ(there.err, kBuiltinNote);
}

TEST(Model, ProgramAloneSaysHowToGetAModel) {
  const TempDir folder;
  const fs::path program = folder.path() / "saccade";
  fs::copy(SACCADE_PROGRAM, program);
  const ProcessResult result = run_process({program.string(), "classify", sample("cat.png")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(lines(result.err).size(), 1u);
  EXPECT_NE(result.err.find("-m"), std::string::npos) << result.err;
}

TEST(Inspect, TextHasSectionsAndSources) {
  const ProcessResult result = run_saccade({"inspect", builtin_folder().string()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  for (const char* part : {"model\n", "\nweights\n", "\npreprocessing\n", "\noutput\n",
                           "  preprocessor_config.json\n", "  family default\n", "goldfish"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part;
  }
}

TEST(Inspect, JsonGivesEveryValueASource) {
  const ProcessResult result =
      run_saccade({"inspect", builtin_folder().string(), "--format", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto found = nlohmann::json::parse(result.out);
  for (const char* section : {"model", "weights", "preprocessing", "output"}) {
    ASSERT_TRUE(found.contains(section));
    for (const auto& [name, finding] : found[section].items()) {
      EXPECT_TRUE(finding.contains("value")) << name;
      EXPECT_NE(finding["source"], "") << name;
    }
  }
  EXPECT_EQ(found["output"]["classes"]["value"], 200);
  EXPECT_EQ(found["model"]["position_embedding"]["value"]["interpolated"], false);
}

TEST(Inspect, OverridesShowAsFromTheCommandLine) {
  const ProcessResult result =
      run_saccade({"inspect", builtin_folder().string(), "--format", "json", "--img-size", "48x64",
                   "--mean", "0.5", "--interpolation", "lanczos"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto found = nlohmann::json::parse(result.out);
  const auto& recipe = found["preprocessing"];
  EXPECT_EQ(recipe["input_size"]["value"], (nlohmann::json{{"height", 48}, {"width", 64}}));
  for (const char* name : {"input_size", "resize", "mean", "interpolation"}) {
    EXPECT_EQ(recipe[name]["source"], "command line") << name;
  }
  EXPECT_EQ(recipe["std"]["source"], "preprocessor_config.json");
  EXPECT_EQ(found["model"]["position_embedding"]["value"]["interpolated"], true);
}

}  // namespace
}  // namespace saccade::test
