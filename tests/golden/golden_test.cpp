// Tiny checkpoints, stage by stage, against what transformers and timm computed (make_golden).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/inference_context.h"
#include "model/kernels/compute.h"
#include "tests/support/golden_case.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"
#include "weights/files/tensor_file.h"

namespace saccade {
namespace {

constexpr double kTolerance = 1e-5;  // of a stage's largest value

// Computes with as many threads as SACCADE_TEST_THREADS says, if it is set.
class ThreadsOfTests : public testing::Environment {
  void SetUp() override {
    if (const char* threads = std::getenv("SACCADE_TEST_THREADS")) {
      set_compute_threads(std::atoi(threads));
    }
  }
};
[[maybe_unused]] const auto* const kThreadsOfTests =
    testing::AddGlobalTestEnvironment(new ThreadsOfTests);

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::golden_path(""))) {
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

// Keeps every stage of a forward pass under its name in the golden file.
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

  const TensorFile golden{test::golden_path(GetParam()) / "stages.safetensors"};
  const Checkpoint checkpoint = test::open_golden(GetParam(), overrides());
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
    const auto count =
        static_cast<size_t>(checkpoint.config.recipe.channels() * size.height * size.width);
    ASSERT_LE(at + count, found.size());
    preprocess(rgb, checkpoint.config.recipe, std::span(found).subspan(at, count));
    at += count;
  }
  EXPECT_EQ(at, found.size());
  expect_close(found, pixels, "pixels");
}

TEST_P(Golden, EveryStageEqualsTheReference) {
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
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
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
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

constexpr double kBf16Tolerance = 0.03;
// Weights have a bit less where the processor has no instructions for int8.
const double kInt8Tolerance = is_native(Precision::int8) ? 0.05 : 0.1;

// How far a stage may be from the reference, as parts of the reference's own deviation: the root of
// the mean squared difference over the root of the mean square. Rounding of 2^-9 (bf16) or 1/256 of
// a token's range (int8) goes in at every layer; tiny models have few values that average it out.
double relative_rms(const std::vector<float>& found, const std::vector<float>& wanted) {
  if (found.size() != wanted.size()) return INFINITY;
  double difference = 0, square = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(double(found[i]) - double(wanted[i]), 2);
    square += std::pow(double(wanted[i]), 2);
  }
  return std::sqrt(difference / square);
}

TEST_P(Golden, EveryStageIsNearTheReferenceInBf16AndInt8) {
  for (const auto& [precision, tolerance] :
       {std::pair(Precision::bf16, kBf16Tolerance), std::pair(Precision::int8, kInt8Tolerance)}) {
    if (!is_possible(precision)) continue;  // as oneDNN 2.6 has it without AVX-512
    SCOPED_TRACE(name_of(precision));
    InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                           {precision});
    Recorder recorder;
    std::vector<float> logits(wanted.size()), unobserved(wanted.size());
    model.forward(pixels, batch, logits, &recorder);
    for (const auto& [name, found] : recorder.stages()) {
      EXPECT_LE(relative_rms(found, values_of(golden, name)), tolerance) << name;
    }
    EXPECT_LE(relative_rms(logits, wanted), tolerance);
    model.forward(pixels, batch, unobserved);
    EXPECT_LE(relative_rms(unobserved, wanted), tolerance);
  }
}

// Keeps every gradient under its name in the golden file.
class GradientRecorder : public GradientObserver {
 public:
  explicit GradientRecorder(int64_t last) : last_(last) {}
  bool wants(GradientStage stage, int64_t layer) const override {
    return stage == GradientStage::attention || layer == last_;
  }
  void see(GradientStage stage, int64_t layer, std::span<const float> values,
           std::span<const float> gradients) override {
    const bool attention = stage == GradientStage::attention;
    const std::string name = attention ? "attn." + std::to_string(layer) : "norm1";
    seen[name].assign(values.begin(), values.end());
    seen["grad." + name].assign(gradients.begin(), gradients.end());
  }
  std::map<std::string, std::vector<float>> seen;

 private:
  int64_t last_;
};

// The part of image `image` in golden values [B, ...], and of rows [H, T, T] the first Q.
std::vector<float> of_image(const std::vector<float>& all, int64_t batch, int64_t image) {
  const auto each = std::ptrdiff_t(all.size()) / batch;
  return {all.begin() + image * each, all.begin() + (image + 1) * each};
}

std::vector<float> first_rows(const std::vector<float>& attention, int64_t heads, int64_t tokens,
                              size_t count) {
  std::vector<float> rows;
  const size_t queries = count / size_t(heads * tokens);
  for (int64_t h = 0; h < heads; ++h) {
    const auto head = attention.begin() + h * tokens * tokens;
    rows.insert(rows.end(), head, head + std::ptrdiff_t(queries) * tokens);
  }
  return rows;
}

TEST_P(Golden, GradientsEqualTheReference) {
  const VitDescription& vit = checkpoint.config.vit;
  InferenceContext model(vit, checkpoint.weights, checkpoint.input_size(), {.gradients = true});
  const std::vector<float> target = values_of(golden, "target");
  std::vector<float> logits(wanted.size());
  Recorder everything;  // makes the last block compute every row, as the second round does not
  for (Observer* observer :
       {static_cast<Observer*>(&everything), static_cast<Observer*>(nullptr)}) {
    model.record(pixels, batch, logits, observer);
    expect_close(logits, wanted, "recorded logits");
    for (int64_t image = 0; image < batch; ++image) {
      GradientRecorder found(vit.depth - 1);
      model.backward(image, target, found);
      EXPECT_EQ(found.seen.size(), size_t(2 * vit.depth + 2));
      for (const auto& [name, values] : found.seen) {
        std::vector<float> reference = of_image(values_of(golden, name), batch, image);
        if (!name.ends_with("norm1")) {
          reference = first_rows(reference, vit.maps(), vit.tokens.count(checkpoint.input_size()),
                                 values.size());
        }
        expect_close(values, reference, name);
      }
    }
  }
}

// Weights that are multiplied by where they lie, in the file's own type and naming.
TEST_P(Golden, LogitsNeedNoPacking) {
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                         {.packing = Packing::never, .gradients = true});
  std::vector<float> logits(wanted.size());
  for (int i = 0; i < 2; ++i) {
    model.forward(pixels, batch, logits);
    expect_close(logits, wanted, "logits");
  }
  const std::vector<float> target = values_of(golden, "target");
  model.record(pixels, batch, logits);
  GradientRecorder found(checkpoint.config.vit.depth - 1);
  model.backward(0, target, found);
  expect_close(found.seen.at("grad.norm1"), of_image(values_of(golden, "grad.norm1"), batch, 0),
               "grad.norm1");

  if (!is_possible(Precision::bf16)) return;
  InferenceContext bf16(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                        {Precision::bf16, Packing::never});
  bf16.forward(pixels, batch, logits);
  EXPECT_LE(relative_rms(logits, wanted), kBf16Tolerance);
}

TEST_P(Golden, GradientsAreNearTheReferenceInBf16) {
  if (!is_possible(Precision::bf16)) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  const VitDescription& vit = checkpoint.config.vit;
  InferenceContext model(vit, checkpoint.weights, checkpoint.input_size(),
                         {.precision = Precision::bf16, .gradients = true});
  std::vector<float> logits(wanted.size());
  model.record(pixels, batch, logits);
  EXPECT_LE(relative_rms(logits, wanted), kBf16Tolerance);
  for (int64_t image = 0; image < batch; ++image) {
    GradientRecorder found(vit.depth - 1);
    model.backward(image, values_of(golden, "target"), found);
    for (const auto& [name, values] : found.seen) {
      std::vector<float> reference = of_image(values_of(golden, name), batch, image);
      if (!name.ends_with("norm1")) {
        reference = first_rows(reference, vit.maps(), vit.tokens.count(checkpoint.input_size()),
                               values.size());
      }
      EXPECT_LE(relative_rms(values, reference), 0.05) << name;
    }
  }
}

TEST_P(Golden, ConservativeGradientsEqualTheReference) {
  const VitDescription& vit = checkpoint.config.vit;
  InferenceContext model(vit, checkpoint.weights, checkpoint.input_size(), {.gradients = true});
  std::vector<float> logits(wanted.size());
  model.record(pixels, batch, logits);
  for (int64_t image = 0; image < batch; ++image) {
    GradientRecorder found(vit.depth - 1);
    model.backward(image, values_of(golden, "target"), found, GradientRule::conservative);
    for (int64_t layer = 0; layer < vit.depth; ++layer) {
      const std::string name = "attn." + std::to_string(layer);
      const std::vector<float>& values = found.seen.at("grad." + name);
      const auto reference =
          first_rows(of_image(values_of(golden, "conservative." + name), batch, image), vit.maps(),
                     vit.tokens.count(checkpoint.input_size()), values.size());
      expect_close(values, reference, name);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace saccade
