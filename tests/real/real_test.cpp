// Compares real checkpoints on real photographs with the results of timm and transformers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "model/inference_context.h"
#include "tests/support/shared_data.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

struct Answer {
  int index;
  double probability;
};

// One line of *.top5.tsv: file, true class, five of index:probability.
struct Photo {
  std::string file;
  int label = 0;
  std::vector<Answer> top5;
};

std::vector<Photo> read_photos(const std::filesystem::path& tsv) {
  std::ifstream in(tsv);
  std::string line;
  std::getline(in, line);  // the header
  std::vector<Photo> photos;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    Photo photo;
    fields >> photo.file >> photo.label;
    for (int i = 0; i < 5; ++i) {
      Answer answer{};
      char colon = 0;
      fields >> answer.index >> colon >> answer.probability;
      photo.top5.push_back(answer);
    }
    photos.push_back(std::move(photo));
  }
  return photos;
}

std::vector<double> softmax(const std::vector<float>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> values(logits.size());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) sum += values[i] = std::exp(logits[i] - largest);
  for (double& value : values) value /= sum;
  return values;
}

struct Expected {
  const char* model;
  int top1, top5;
  friend std::ostream& operator<<(std::ostream& out, const Expected& expected) {
    return out << expected.model;
  }
};

class RealCheckpoint : public testing::TestWithParam<Expected> {};

TEST_P(RealCheckpoint, PredictsAsTheReference) {
  const auto folder = test::shared_path("images/imagenet");
  const auto model_path = test::shared_path("models") / GetParam().model;
  SACCADE_NEED_SHARED("images/imagenet");
  SACCADE_NEED_SHARED(std::filesystem::path("models") / GetParam().model);
  const std::vector<Photo> photos =
      read_photos(folder / (std::string(GetParam().model) + ".top5.tsv"));
  ASSERT_EQ(photos.size(), 200u);

  const Checkpoint checkpoint = open_checkpoint(model_path);
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  std::vector<float> pixels(3 * 224 * 224), logits(1000);
  std::vector<double> differences;
  int top1 = 0, top5 = 0;
  for (const Photo& photo : photos) {
    const cv::Mat rgb = read_image(folder / photo.file);
    preprocess(rgb, checkpoint.config.recipe, pixels);
    model.forward(pixels, 1, logits);
    const std::vector<double> scores = softmax(logits);

    std::vector<int> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + 5, order.end(),
                      [&](int a, int b) { return scores[size_t(a)] > scores[size_t(b)]; });
    const bool tie = photo.top5[0].probability - photo.top5[1].probability < 1e-3;
    EXPECT_TRUE(order[0] == photo.top5[0].index || (tie && order[0] == photo.top5[1].index))
        << photo.file << ": " << order[0];
    top1 += order[0] == photo.label;
    top5 += std::find(order.begin(), order.begin() + 5, photo.label) != order.begin() + 5;
    for (const Answer& answer : photo.top5) {
      differences.push_back(std::abs(scores[size_t(answer.index)] - answer.probability));
    }
  }
  std::sort(differences.begin(), differences.end());
  EXPECT_LE(differences[differences.size() / 2], 2e-5);
  EXPECT_LE(differences.back(), 5e-4);
  EXPECT_EQ(top1, GetParam().top1);
  EXPECT_EQ(top5, GetParam().top5);
  std::cout << GetParam().model << ": top-1 " << top1 << ", top-5 " << top5
            << ", probabilities differ by " << differences[differences.size() / 2] << " (median), "
            << differences.back() << " (most)\n";
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, RealCheckpoint,
                         testing::Values(Expected{"deit-tiny-patch16-224", 161, 190},
                                         Expected{"vit_tiny_patch16_224.timm", 163, 192}),
                         [](const auto& test) {
                           return std::string(test.param.model).substr(0, 4) == "deit"
                                      ? std::string("DeitTransformers")
                                      : std::string("VitTimm");
                         });

}  // namespace
}  // namespace saccade
