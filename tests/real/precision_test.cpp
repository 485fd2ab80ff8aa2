// Measures how much lower precisions change the results and maps of real checkpoints.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "model/explain/maps.h"
#include "model/inference_context.h"
#include "tests/support/shared_data.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

struct LabelledPhoto {
  std::string file;
  int64_t label = 0;
};

// Reads two columns under a header.
std::vector<LabelledPhoto> read_labels(const std::filesystem::path& tsv) {
  std::ifstream in(tsv);
  in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  std::vector<LabelledPhoto> photos;
  for (LabelledPhoto photo; in >> photo.file >> photo.label;) photos.push_back(photo);
  return photos;
}

class RealPrecision : public testing::TestWithParam<const char*> {};

int64_t best(const std::vector<float>& logits) {
  return std::max_element(logits.begin(), logits.end()) - logits.begin();
}

TEST_P(RealPrecision, KeepsTheAnswers) {
  const auto folder = test::shared_path("images/imagenet");
  SACCADE_NEED_SHARED("images/imagenet");
  SACCADE_NEED_SHARED(std::filesystem::path("models") / GetParam());
  const Checkpoint checkpoint = open_checkpoint(test::shared_path("models") / GetParam());
  const auto model_at = [&](Precision precision) {
    return InferenceContext(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                            {precision});
  };
  InferenceContext exact = model_at(Precision::f32), bf16 = model_at(Precision::bf16),
                   int8 = model_at(Precision::int8);
  EXPECT_LE(int8.model()->int8_coverage().share_kept_out, 0.15);
  struct Count {
    int same = 0, right = 0;
    void add(int64_t answer, int64_t reference, int64_t label) {
      same += answer == reference;
      right += answer == label;
    }
  } in_f32, in_bf16, in_int8;
  std::vector<float> pixels(3 * 224 * 224), logits(1000);
  for (const LabelledPhoto& photo : read_labels(folder / "labels.tsv")) {
    preprocess(read_image(folder / photo.file), checkpoint.config.recipe, pixels);
    exact.forward(pixels, 1, logits);
    const int64_t reference = best(logits);
    in_f32.add(reference, reference, photo.label);
    bf16.forward(pixels, 1, logits);
    in_bf16.add(best(logits), reference, photo.label);
    int8.forward(pixels, 1, logits);
    in_int8.add(best(logits), reference, photo.label);
  }
  EXPECT_EQ(in_f32.same, 200);
  EXPECT_GE(in_bf16.same, 199);
  EXPECT_GE(in_int8.same, 196);
  EXPECT_GE(in_int8.right, in_f32.right - 1);
  std::cout << GetParam() << ": right " << in_f32.right << " in f32; bf16 keeps " << in_bf16.same
            << " answers, " << in_bf16.right << " right; int8 keeps " << in_int8.same << ", "
            << in_int8.right << " right\n";
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  const auto mean = [](const std::vector<float>& v) {
    double sum = 0;
    for (const float value : v) sum += double(value);
    return sum / double(v.size());
  };
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double da = double(a[i]) - mean_a, db = double(b[i]) - mean_b;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / std::sqrt(aa * bb);
}

// Maps of four methods: attention of the last layer, rollout, relevance, Grad-CAM.
std::vector<std::vector<float>> maps_of(InferenceContext& model, const Checkpoint& checkpoint,
                                        const std::vector<float>& pixels, int64_t index) {
  const VitDescription& vit = checkpoint.config.vit;
  const int64_t tokens = vit.tokens.count(checkpoint.input_size());
  const std::vector<float> rows = head_rows(vit, tokens);
  std::vector<float> logits(size_t(vit.head.classes)), target(logits.size());
  target[size_t(index)] = 1;
  AttentionRows attention(vit, 1, rows, {vit.depth - 1});
  Rollout rollout(vit, tokens, 1);
  Observers both({&attention, &rollout});
  model.record(pixels, 1, logits, &both);
  Relevance relevance(vit, rows);
  model.backward(0, target, relevance);
  GradCam gradcam(vit);
  model.backward(0, target, gradcam);
  return {drop_prefix(vit, attention.fused(0, vit.depth - 1, HeadFusion::mean)),
          drop_prefix(vit, rollout.row(0, rows)), drop_prefix(vit, relevance.row()),
          drop_prefix(vit, gradcam.row())};
}

TEST_P(RealPrecision, KeepsTheMaps) {
  if (!is_possible(Precision::bf16)) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  const auto folder = test::shared_path("images/boxes");
  SACCADE_NEED_SHARED("images/boxes");
  SACCADE_NEED_SHARED(std::filesystem::path("models") / GetParam());
  const Checkpoint checkpoint = open_checkpoint(test::shared_path("models") / GetParam());
  InferenceContext exact(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                         {.gradients = true});
  InferenceContext bf16(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
                        {.precision = Precision::bf16, .gradients = true});
  std::vector<float> pixels(3 * 224 * 224), logits(1000);
  std::vector<double> least(4, 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg") continue;
    preprocess(read_image(entry.path()), checkpoint.config.recipe, pixels);
    exact.forward(pixels, 1, logits);
    const auto wanted = maps_of(exact, checkpoint, pixels, best(logits));
    const auto found = maps_of(bf16, checkpoint, pixels, best(logits));
    for (size_t i = 0; i < wanted.size(); ++i) {
      const double c = correlation(found[i], wanted[i]);
      EXPECT_GE(c, 0.99) << entry.path() << " map " << i;
      least[i] = std::min(least[i], c);
    }
  }
  std::cout << GetParam() << ": least correlation of attention " << least[0] << ", rollout "
            << least[1] << ", relevance " << least[2] << ", Grad-CAM " << least[3] << "\n";
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, RealPrecision,
                         testing::Values("deit-tiny-patch16-224", "vit_tiny_patch16_224.timm"),
                         [](const auto& test) {
                           return std::string(test.param).substr(0, 4) == "deit" ? "deit" : "vit";
                         });

}  // namespace
}  // namespace saccade
