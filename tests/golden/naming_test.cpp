// The same weights under transformers' names and under timm's give the same logits, bit for bit, or
// the same tokens where the two libraries' classifiers differ.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/inference_context.h"
#include "tests/support/safetensors_bytes.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

// Of each row [before, columns] the first columns.
std::vector<float> first_columns(const std::vector<float>& rows, int64_t before, int64_t columns) {
  std::vector<float> first;
  for (auto row = rows.begin(); row != rows.end(); row += before) {
    first.insert(first.end(), row, row + columns);
  }
  return first;
}

// The tensors of a transformers checkpoint, its heads under timm's names, as a file in f32. Where
// they read the mean of the patches beside the class token, which timm's do not, that is left out.
std::string as_timm(const Checkpoint& checkpoint) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  VitDescription vit = checkpoint.config.vit;
  for (const ExpectedTensor& tensor : expected_tensors(vit)) {
    std::vector<float> values = checkpoint.weights.read(tensor.name);
    std::vector<int64_t> shape = tensor.shape;
    std::string name = tensor.name;
    for (size_t i = 0; i < vit.head.classifiers.size(); ++i) {
      const std::string& head = vit.head.classifiers[i].name;
      if (name.starts_with(head + ".")) {
        name.replace(0, head.size(), i == 0 ? "head" : "head_dist");
        if (shape.size() == 2 && shape[1] != vit.dim) {
          values = first_columns(values, shape[1], vit.dim);
          shape[1] = vit.dim;
        }
        break;
      }
    }
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
  }
  return test::safetensors_bytes(header.dump(), data);
}

std::vector<float> logits_of(const VitDescription& vit, const Weights& weights, ImageSize input,
                             Precision precision, const std::vector<float>& pixels) {
  InferenceContext model(vit, weights, input, {precision});
  std::vector<float> logits(static_cast<size_t>(vit.head.classes));
  model.forward(pixels, 1, logits);
  return logits;
}

// What leaves the final norm, of all tokens.
class Tokens : public Observer {
 public:
  bool wants(Stage stage, int64_t) const override { return stage == Stage::norm; }
  void see(Stage, int64_t, std::span<const float> values) override {
    seen.assign(values.begin(), values.end());
  }
  std::vector<float> seen;
};

std::vector<float> tokens_of(const VitDescription& vit, const Weights& weights, ImageSize input,
                             Precision precision, const std::vector<float>& pixels) {
  InferenceContext model(vit, weights, input, {precision});
  std::vector<float> logits(static_cast<size_t>(vit.head.classes));
  Tokens tokens;
  model.forward(pixels, 1, logits, &tokens);
  return tokens.seen;
}

class NamesOfTwoLibraries : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(NamesOfTwoLibraries, GiveTheSameLogits) {
  const auto [name, entry_point] = GetParam();
  const std::filesystem::path golden = test::source_path("tests/golden/cases") / name;
  const Checkpoint one = open_checkpoint(golden);
  const VitDescription& vit = one.config.vit;
  test::TempDir folder;
  folder.write("model.safetensors", as_timm(one));
  folder.write(
      "config.json",
      nlohmann::json{
          {"architecture", entry_point},
          {"model_args",
           {{"num_heads", vit.attention.heads}, {"act_layer", name_of(vit.mlp.activation)}}},
          {"pretrained_cfg",
           {{"input_size", {3, vit.tokens.image.height, vit.tokens.image.width}}}}}
          .dump());
  Checkpoint other = open_checkpoint(folder.path());
  EXPECT_EQ(other.weights.naming(), "timm");
  // Of all that the tensors do not show, epsilon and the resizing of positions are each library's.
  other.config.vit.norms.eps = vit.norms.eps;

  const TensorFile stages{golden / "stages.safetensors"};
  std::vector<float> pixels(
      static_cast<size_t>(3 * vit.tokens.image.height * vit.tokens.image.width));
  const TensorView& stored = *stages.find("pixels");
  ASSERT_GE(stored.bytes.size(), pixels.size() * sizeof(float));
  std::memcpy(pixels.data(), stored.bytes.data(), pixels.size() * sizeof(float));
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    if (!is_possible(precision)) continue;
    EXPECT_EQ(tokens_of(vit, one.weights, vit.tokens.image, precision, pixels),
              tokens_of(other.config.vit, other.weights, vit.tokens.image, precision, pixels))
        << name_of(precision);
    if (vit.pooled_dim() != other.config.vit.pooled_dim()) continue;
    EXPECT_EQ(logits_of(vit, one.weights, vit.tokens.image, precision, pixels),
              logits_of(other.config.vit, other.weights, vit.tokens.image, precision, pixels))
        << name_of(precision);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NamesOfTwoLibraries,
    testing::Values(std::pair("vit_hf", "vit_base_patch16_224"),
                    std::pair("vit_hf_v5names", "vit_base_patch16_224"),
                    std::pair("vit_hf_headless_prefix", "vit_small_patch16_224"),
                    std::pair("vit_hf_tanh", "vit_base_patch16_224"),
                    std::pair("vit_hf_one_class", "vit_base_patch16_224_miil"),
                    std::pair("siglip_hf", "vit_base_patch16_siglip_gap_224"),
                    std::pair("dinov2_hf_v5names", "vit_small_patch14_dinov2"),
                    std::pair("dinov2_hf_gated", "vit_giant_patch14_dinov2"),
                    std::pair("dinov2_hf_gated_v5names", "vit_giant_patch14_dinov2"),
                    std::pair("deit_hf_teacher", "deit_base_distilled_patch16_224"),
                    std::pair("beit_hf", "beit_base_patch16_224"),
                    std::pair("beit_hf_v5names", "beit_base_patch16_224"),
                    std::pair("beit_hf_shared", "beitv2_base_patch16_224")),
    [](const auto& test) { return std::string(test.param.first); });

}  // namespace
}  // namespace saccade
