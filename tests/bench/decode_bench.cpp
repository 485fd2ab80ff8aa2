// What scaled decoding of JPEGs changes, and what it saves:
//
//   decode_bench MODEL MARGIN PICTURE...
//
// Each picture goes through MODEL as it is, and once more as decoded with sides of at least MARGIN
// times what the recipe resizes to. Prints how many pictures were decoded smaller; of those, how
// many top-1 classes differ, the largest and the mean difference of a probability (the largest of
// each picture), and the time of reading, decoding and preparing them on one thread, as
// milliseconds a picture (the least of three rounds) and as a ratio.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "app/predict/ranking.h"
#include "model/inference_context.h"
#include "tests/bench/timing.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"

namespace {

using namespace saccade;

class Pipeline {
 public:
  explicit Pipeline(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint),
        recipe_(checkpoint.config.recipe),
        model_(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size()),
        pixels_(
            static_cast<size_t>(3 * recipe_.output_size().height * recipe_.output_size().width)) {}

  /// Returns whether the picture came smaller than it is.
  bool prepare(const std::string& file, int64_t margin) {
    const int64_t least = margin * std::max(recipe_.resize.height, recipe_.resize.width);
    const ReducedImage image =
        read_reduced_image(ImageFile(file), least, {.apply_exif = recipe_.apply_exif});
    preprocess(image.rgb, image.full, recipe_, pixels_);
    return image.rgb.cols != image.full.width;
  }

  /// Milliseconds, the least of three.
  double time(const std::string& file, int64_t margin) {
    double least = HUGE_VAL;
    for (int round = 0; round < 3; ++round) {
      least = std::min(least, bench::seconds([&] { prepare(file, margin); }) * 1000);
    }
    return least;
  }

  std::vector<double> probabilities() {
    const auto classes = static_cast<size_t>(checkpoint_.config.vit.head.classes);
    std::vector<float> logits(classes);
    model_.forward(pixels_, 1, logits);
    std::vector<double> scores(classes);
    for (size_t i = 0; i < classes; ++i) {
      scores[i] = score_of(logits, ScoreActivation::softmax, static_cast<int64_t>(i));
    }
    return scores;
  }

 private:
  const Checkpoint& checkpoint_;
  const PreprocessRecipe& recipe_;
  InferenceContext model_;
  std::vector<float> pixels_;
};

size_t best(const std::vector<double>& scores) {
  return static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: decode_bench MODEL MARGIN PICTURE...\n");
    return 2;
  }
  cv::setNumThreads(1);
  const Checkpoint checkpoint = open_checkpoint(argv[1]);
  const int64_t margin = std::atoll(argv[2]);
  Pipeline pipeline(checkpoint);
  int smaller = 0, changed = 0;
  double largest = 0, sum = 0, exact_ms = 0, fast_ms = 0;
  for (int i = 3; i < argc; ++i) {
    if (!pipeline.prepare(argv[i], margin)) continue;
    ++smaller;
    const std::vector<double> fast = pipeline.probabilities();
    pipeline.prepare(argv[i], 0);
    const std::vector<double> exact = pipeline.probabilities();
    if (best(fast) != best(exact)) ++changed;
    double difference = 0;
    for (size_t c = 0; c < fast.size(); ++c) {
      difference = std::max(difference, std::abs(fast[c] - exact[c]));
    }
    largest = std::max(largest, difference);
    sum += difference;
    fast_ms += pipeline.time(argv[i], margin);
    exact_ms += pipeline.time(argv[i], 0);
  }
  const double n = std::max(smaller, 1);
  std::printf(
      "%d of %d pictures decoded smaller; top-1 changed %d; difference of a probability: largest "
      "%.4f, mean %.4f; exact %.1f ms, fast %.1f ms, ratio %.2f\n",
      smaller, argc - 3, changed, largest, sum / n, exact_ms / n, fast_ms / n, fast_ms / exact_ms);
  return 0;
}
