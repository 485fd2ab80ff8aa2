#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string>

#include "model/explain/maps.h"
#include "model/inference_context.h"
#include "model/layers/patch_embed.h"
#include "tests/support/allocations.h"
#include "tests/support/golden_case.h"
#include "tests/support/shared_data.h"
#include "tests/unit/model/plain_loops.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

using namespace test;

// The convolution that patch embedding is, as loops over every pixel under every kernel.
TEST(PatchEmbed, EqualsAPlainConvolution) {
  const Checkpoint checkpoint = open_golden("vit_timm_nonsquare");
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size(), grid = vit.tokens.grid(input);
  ASSERT_NE(grid.height, grid.width);
  const Values pixels = random_values(size_t(2 * 3 * input.height * input.width), 1);
  const Values weight = checkpoint.weights.read("patch_embed.proj.weight");
  const Values bias = checkpoint.weights.read("patch_embed.proj.bias");
  const Values pos = checkpoint.weights.read("pos_embed");
  const Values cls = checkpoint.weights.read("cls_token");

  Values wanted;
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t c = 0; c < vit.dim; ++c) wanted.push_back(cls[size_t(c)] + pos[size_t(c)]);
    for (int64_t n = 0; n < grid.height * grid.width; ++n) {
      for (int64_t o = 0; o < vit.dim; ++o) {
        double sum = double(bias[size_t(o)]) + double(pos[size_t((n + 1) * vit.dim + o)]);
        for (int64_t i = 0; i < 3 * vit.tokens.patch * vit.tokens.patch; ++i) {
          const int64_t channel = i / (vit.tokens.patch * vit.tokens.patch);
          const int64_t y =
              n / grid.width * vit.tokens.patch + i / vit.tokens.patch % vit.tokens.patch;
          const int64_t x = n % grid.width * vit.tokens.patch + i % vit.tokens.patch;
          const int64_t at = ((b * 3 + channel) * input.height + y) * input.width + x;
          sum += double(pixels[size_t(at)]) *
                 double(weight[size_t(o * 3 * vit.tokens.patch * vit.tokens.patch + i)]);
        }
        wanted.push_back(float(sum));
      }
    }
  }
  Runtime runtime;
  PatchEmbed embed(runtime, vit, checkpoint.weights, input);
  Values x(wanted.size(), NAN);
  embed(pixels.data(), 2, x.data(), runtime);
  EXPECT_LE(relative_difference(x, wanted), 2e-6);
}

// An observer that wants one layer's attention.
class OneLayer : public Observer {
 public:
  explicit OneLayer(int64_t layer) : layer_(layer) {}
  bool wants(Stage stage, int64_t layer) const override {
    return stage == Stage::attention && layer == layer_;
  }
  void see(Stage stage, int64_t layer, std::span<const float> values) override {
    EXPECT_TRUE(wants(stage, layer));
    seen.assign(values.begin(), values.end());
    ++calls;
  }
  Values seen;
  int calls = 0;

 private:
  int64_t layer_;
};

TEST(VisionTransformer, ObserverSeesOnlyWhatItWants) {
  const Checkpoint checkpoint = open_golden("vit_hf");
  const VitDescription& vit = checkpoint.config.vit;
  InferenceContext model(vit, checkpoint.weights, vit.tokens.image);
  const Values pixels =
      random_values(size_t(3 * vit.tokens.image.height * vit.tokens.image.width), 1);
  Values plain(size_t(vit.head.classes)), watched(plain.size());
  model.forward(pixels, 1, plain);
  const int64_t T = vit.tokens.count(vit.tokens.image);
  for (int64_t layer = 0; layer < vit.depth; ++layer) {
    OneLayer observer(layer);
    model.forward(pixels, 1, watched, &observer);
    EXPECT_EQ(observer.calls, 1);
    EXPECT_EQ(observer.seen.size(), size_t(vit.attention.heads * T * T));
    EXPECT_LE(relative_difference(watched, plain), 1e-5);
  }
}

TEST(VisionTransformer, SpansMustFit) {
  const Checkpoint checkpoint = open_golden("vit_hf");
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  const ImageSize size = checkpoint.input_size();
  const Values pixels(size_t(3 * size.height * size.width));
  Values logits(size_t(model.model()->classes()));
  EXPECT_NO_THROW(model.forward(pixels, 1, logits));
  EXPECT_THROW(model.forward(pixels, 2, logits), std::invalid_argument);
  EXPECT_THROW(model.forward(pixels, 0, logits), std::invalid_argument);
  EXPECT_THROW(model.forward(pixels, 1, std::span(logits).first(1)), std::invalid_argument);
}

constexpr std::array kPrecisions{Precision::f32, Precision::bf16, Precision::int8};

// Primitives of forward passes of 1 and 8 images and, except for int8, a backward pass.
std::vector<PrimitiveInfo> primitives_of(const Checkpoint& checkpoint, Precision precision) {
  const ImageSize size = checkpoint.input_size();
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, size,
                         {.precision = precision, .gradients = precision != Precision::int8});
  for (int64_t batch : {1, 8}) {
    const int64_t values = checkpoint.config.vit.tokens.channels * size.height * size.width;
    const Values pixels = random_values(size_t(batch * values), 1);
    Values logits(size_t(batch * model.model()->classes()));
    model.forward(pixels, batch, logits);
    if (batch > 1 || precision == Precision::int8) continue;
    model.record(pixels, batch, logits);
    Relevance relevance(checkpoint.config.vit,
                        head_rows(checkpoint.config.vit, checkpoint.config.vit.tokens.count(size)));
    model.backward(0, Values(logits.size(), 1), relevance);
  }
  return model.primitives();
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && !std::getenv("ONEDNN_MAX_CPU_ISA"); }

TEST(VisionTransformer, NoPrimitiveFallsBackToTheReference) {
  if (!has_avx2()) GTEST_SKIP() << "only AVX2 and better have a fast form of everything";
  std::vector<std::filesystem::path> models;
  for (const auto& entry : std::filesystem::directory_iterator(golden_path(""))) {
    models.push_back(entry.path());
  }
  models.push_back(source_path("weights/builtin-model"));
  for (const char* name : {"deit-tiny-patch16-224", "vit_tiny_patch16_224.timm"}) {
    const auto real = shared_path("models") / name;
    if (std::filesystem::exists(real)) models.push_back(real);
  }
  for (const auto& path : models) {
    if (path.filename().string().ends_with("_resized")) continue;
    for (const Precision precision : kPrecisions) {
      if (!is_native(precision)) continue;
      const std::vector<PrimitiveInfo> primitives = primitives_of(open_golden(path), precision);
      std::string slow;
      for (const PrimitiveInfo& primitive : primitives) {
        if (primitive.implementation.find("ref") != std::string::npos) {
          slow += primitive.layer + " on " + primitive.implementation + "\n";
        }
      }
      EXPECT_FALSE(primitives.empty());
      EXPECT_EQ(slow, "") << path << " in " << name_of(precision);
    }
  }
}

TEST(VisionTransformer, AllocatesNothingOfSizeAfterTheFirstCall) {
  if (!kCountsAllocations) GTEST_SKIP() << "a sanitizer owns malloc in this build";
  // Elsewhere oneDNN's products are those of its gemm, which allocates as it packs.
  if (!__builtin_cpu_supports("avx512bw")) GTEST_SKIP() << "only AVX-512 has products that do not";
  const Checkpoint checkpoint = open_checkpoint(source_path("weights/builtin-model"));
  const ImageSize size = checkpoint.input_size();
  for (const Precision precision : kPrecisions) {
    InferenceContext model(checkpoint.config.vit, checkpoint.weights, size, {precision});
    const Values pixels = random_values(size_t(4 * 3 * size.height * size.width), 1);
    Values logits(size_t(4 * model.model()->classes()));
    const auto run = [&](int64_t batch) {
      model.forward(std::span(pixels).first(pixels.size() / 4 * size_t(batch)), batch,
                    std::span(logits).first(logits.size() / 4 * size_t(batch)));
    };
    for (int64_t batch : {4, 1}) run(batch);

    for (int64_t batch : {4, 1}) {
      const AllocationWatch watch;
      run(batch);
      EXPECT_LE(watch.largest(), 4096u) << "batch " << batch << " in " << name_of(precision);
    }
  }
  const AllocationWatch watch;
  const Values proof(5000);  // the watch does see what is allocated
  EXPECT_GE(watch.largest(), proof.size() * sizeof(float));
}

}  // namespace
}  // namespace saccade
