// Tiny checkpoints, stage by stage, against what transformers and timm computed (make_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/vision_transformer.h"
#include "tests/support/shared_data.h"
#include "vision/preprocess.h"
#include "weights/checkpoint.h"
#include "weights/safetensors.h"

namespace saccade {
namespace {

constexpr double kTolerance = 1e-5;  // of a stage's largest value

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_path("tests/golden/cases"))) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<float> values_of(const TensorFile& file, const std::string& name) {
  const TensorView* tensor = file.find(name);
  if (!tensor) throw std::runtime_error("no golden tensor " + name);
  std::vector<float> values(static_cast<size_t>(tensor->count()));
  convert_to_f32(*tensor, values);
  return values;
}

void expect_close(const std::vector<float>& found, const std::vector<float>& wanted,
                  const std::string& stage) {
  ASSERT_EQ(found.size(), wanted.size()) << stage;
  double largest = 0, difference = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(double(wanted[i])));
    const double d = std::abs(double(found[i]) - double(wanted[i]));
    difference = std::isnan(d) ? INFINITY : std::max(difference, d);
  }
  EXPECT_LE(difference, kTolerance * largest) << stage << ", largest value " << largest;
}

// Keeps every stage of a forward pass under the name that the golden file gives it.
class Recorder : public Observer {
 public:
  bool wants(Stage, int64_t) const override { return true; }
  void see(Stage stage, int64_t layer, std::span<const float> values) override {
    const std::string number = std::to_string(layer);
    const std::string name = stage == Stage::embed       ? "patch_embed"
                             : stage == Stage::attention ? "attn." + number
                             : stage == Stage::block     ? "blocks." + number
                                                         : "norm";
    stages_[name].assign(values.begin(), values.end());
  }
  const std::map<std::string, std::vector<float>>& stages() const { return stages_; }

 private:
  std::map<std::string, std::vector<float>> stages_;
};

class Golden : public testing::TestWithParam<std::string> {
 protected:
  // Cases whose input differs from the trained size are what --img-size asks for.
  RecipeOverrides overrides() const {
    RecipeOverrides overrides;
    if (GetParam().ends_with("_resized")) {
      const std::vector<int64_t>& shape = golden.find("pixels")->shape;
      overrides.img_size = ImageSize{shape[2], shape[3]};
    }
    return overrides;
  }

  const std::filesystem::path folder = test::source_path("tests/golden/cases") / GetParam();
  const TensorFile golden{folder / "stages.safetensors"};
  const Checkpoint checkpoint = open_checkpoint(folder, overrides());
  const std::vector<float> pixels = values_of(golden, "pixels");
  const std::vector<float> wanted = values_of(golden, "logits");
  const int64_t batch = golden.find("pixels")->shape[0];
};

TEST_P(Golden, PreprocessingEqualsTheReference) {
  std::vector<float> found(pixels.size());
  size_t at = 0;
  for (const std::string name : {"input", "input.1"}) {
    const TensorView* picture = golden.find(name);
    if (!picture) continue;
    const cv::Mat rgb(int(picture->shape[0]), int(picture->shape[1]), CV_8UC3,
                      const_cast<std::byte*>(picture->bytes.data()));
    const ImageSize size = checkpoint.input_size();
    const auto count = static_cast<size_t>(3 * size.height * size.width);
    ASSERT_LE(at + count, found.size());
    preprocess(rgb, checkpoint.config.recipe, std::span(found).subspan(at, count));
    at += count;
  }
  EXPECT_EQ(at, found.size());
  expect_close(found, pixels, "pixels");
}

TEST_P(Golden, EveryStageEqualsTheReference) {
  VisionTransformer model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  Recorder recorder;
  std::vector<float> logits(wanted.size());
  model.forward(pixels, batch, logits, &recorder);
  for (const auto& [name, found] : recorder.stages()) {
    expect_close(found, values_of(golden, name), name);
  }
  EXPECT_EQ(recorder.stages().size(), size_t(2 + 2 * checkpoint.config.vit.depth));
  expect_close(logits, wanted, "logits");
}

// Without an observer the last block computes only what the classifier reads; the answer is the
// same, and so it is when the object has run another batch size in between.
TEST_P(Golden, LogitsNeedNoObserver) {
  VisionTransformer model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  std::vector<float> logits(wanted.size());
  model.forward(pixels, batch, logits);
  expect_close(logits, wanted, "logits");

  std::vector<float> three_pixels, three_logits(3 * wanted.size());
  for (int i = 0; i < 3; ++i) {
    three_pixels.insert(three_pixels.end(), pixels.begin(), pixels.end());
  }
  model.forward(three_pixels, 3 * batch, three_logits);
  for (size_t i = 0; i < 3; ++i) {
    const auto first = three_logits.begin() + std::ptrdiff_t(i * wanted.size());
    expect_close({first, first + std::ptrdiff_t(wanted.size())}, wanted, "logits of three");
  }
  model.forward(pixels, batch, logits);
  expect_close(logits, wanted, "logits again");
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace saccade
