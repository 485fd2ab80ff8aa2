// Compares heatmaps of a real checkpoint on real photographs with a PyTorch reference.
#include "model/explain/maps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "model/inference_context.h"
#include "tests/support/npz.h"
#include "tests/support/shared_data.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

// Largest difference, relative to the reference's range.
double difference(const std::vector<float>& found, std::span<const float> wanted) {
  const auto [low, high] = std::minmax_element(wanted.begin(), wanted.end());
  double most = found.size() == wanted.size() ? 0 : INFINITY;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double d = std::abs(double(found[i]) - double(wanted[i]));
    most = std::isnan(d) ? INFINITY : std::max(most, d);
  }
  return most / double(*high - *low);
}

TEST(RealMaps, EqualTheReference) {
  SACCADE_NEED_SHARED("images/boxes");
  SACCADE_NEED_SHARED("models/deit-tiny-patch16-224");
  const auto folder = test::shared_path("images/boxes");
  const auto reference = test::read_npz(folder / "reference-maps.npz");
  ASSERT_EQ(reference.size(), 52u);

  const Checkpoint checkpoint = open_checkpoint(test::shared_path("models/deit-tiny-patch16-224"));
  const VitDescription& vit = checkpoint.config.vit;
  const int64_t tokens = vit.tokens.count(checkpoint.input_size()), last = vit.depth - 1;
  InferenceContext model(vit, checkpoint.weights, checkpoint.input_size(), {.gradients = true});
  const std::vector<float> rows = head_rows(vit, tokens);
  const PreprocessRecipe& recipe = checkpoint.config.recipe;
  std::vector<float> pixels(size_t(3 * recipe.output_size().height * recipe.output_size().width));
  std::vector<float> logits(size_t(vit.head.classes));

  std::vector<double> most(3, 0);
  for (const auto& [file, wanted] : reference) {
    preprocess(read_image(folder / file), recipe, pixels);
    AttentionRows attention(vit, 1, rows, {last});
    Rollout rollout(vit, tokens, 1);
    Observers both({&attention, &rollout});
    model.record(pixels, 1, logits, &both);
    Relevance relevance(vit, rows);
    std::vector<float> target(logits.size(), 0);
    target[size_t(std::max_element(logits.begin(), logits.end()) - logits.begin())] = 1;
    model.backward(0, target, relevance);

    const std::vector<std::vector<float>> maps{
        drop_prefix(vit, attention.fused(0, last, HeadFusion::mean)),
        drop_prefix(vit, rollout.row(0, rows)), drop_prefix(vit, relevance.row())};
    for (size_t i = 0; i < maps.size(); ++i) {
      const double d = difference(maps[i], std::span(wanted).subspan(i * 196, 196));
      EXPECT_LE(d, 1e-3) << file << " map " << i;
      most[i] = std::max(most[i], d);
    }
  }
  std::printf("attention %.1e, rollout %.1e, relevance %.1e of a map's range\n", most[0], most[1],
              most[2]);
}

}  // namespace
}  // namespace saccade
