// How much of what the processor's matrix products allow does a forward pass reach?
//
//   share_bench MODEL [THREADS [ROUNDS]]
//
// R is the FLOP-weighted rate of oneDNN's packed matrix products at the four linear shapes of
// ViT-B/16 (qkv, proj, fc1, fc2), with as many rows as the batch has tokens. The share is the
// model's nominal FLOPs / its median time / R. Products and forward passes take turns, so that both
// see the same machine, each a few times in a row: the first of a turn finds the caches full of the
// other's weights and is not counted.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "model/linear.h"
#include "model/vision_transformer.h"
#include "tests/bench/timing.h"
#include "weights/checkpoint.h"

namespace {

using namespace saccade;
using bench::median;
using bench::seconds;

// ViT-B/16's four linear layers at a number of rows.
class BaseProducts {
 public:
  BaseProducts(Runtime& runtime, int64_t rows) : rows_(rows) {
    for (const auto& [in, out] : {std::pair(768, 2304), {768, 768}, {768, 3072}, {3072, 768}}) {
      std::vector<float> weight(size_t(in) * size_t(out), 0.01f);
      products_.push_back(std::make_unique<Linear>(runtime, "product", in, out, rows, Fused{},
                                                   LinearParameters{weight, {}}));
      flops_ += 2.0 * double(rows) * in * out;
    }
    in_ = Buffer(size_t(rows) * 3072);
    out_ = Buffer(size_t(rows) * 3072);
    std::fill_n(in_.data(), in_.size(), 0.5f);
  }
  void run() {
    for (auto& product : products_) (*product)(in_.data(), rows_, out_.data());
  }
  double flops() const { return flops_; }

 private:
  int64_t rows_;
  std::vector<std::unique_ptr<Linear>> products_;
  Buffer in_, out_;
  double flops_ = 0;
};

// A multiply-add is two; matrix products only, as such figures are usually given.
double nominal_flops(const VitDescription& vit) {
  const double T = double(vit.tokens(vit.image)), D = double(vit.dim);
  const double patches = (T - double(vit.prefix_tokens())) * D * double(3 * vit.patch * vit.patch);
  const double linear = T * D * (4 * D + 2 * double(vit.mlp_dim));
  const double attention = 2 * T * T * D;
  return 2 * (patches + double(vit.depth) * (linear + attention) + D * double(vit.classes));
}

void measure(const Checkpoint& checkpoint, VisionTransformer& model, int64_t batch, int rounds) {
  const ImageSize size = checkpoint.input_size();
  std::vector<float> pixels(size_t(batch * 3 * size.height * size.width));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = float(i * 2654435761u % 4096) / 2048 - 1;
  std::vector<float> logits(size_t(batch * model.classes()));
  Runtime runtime;
  BaseProducts products(runtime, batch * checkpoint.config.vit.tokens(size));
  const auto forward = [&] { model.forward(pixels, batch, logits); };
  const auto product = [&] { products.run(); };

  constexpr int kTurn = 4;
  std::vector<double> times, rates;
  for (int round = 0; round < rounds; ++round) {
    product();
    for (int i = 0; i < kTurn; ++i) rates.push_back(products.flops() / seconds(product));
    forward();
    for (int i = 0; i < kTurn; ++i) times.push_back(seconds(forward));
  }
  const double time = median(times), rate = median(rates);
  const double flops = nominal_flops(checkpoint.config.vit) * double(batch);
  std::printf("batch %ld: %.2f ms an image, R %.0f GFLOP/s, share %.1f %%\n", long(batch),
              time * 1e3 / double(batch), rate / 1e9, 100 * flops / time / rate);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fputs("usage: share_bench MODEL [THREADS [ROUNDS]]\n", stderr);
    return 2;
  }
  if (argc > 2) set_compute_threads(std::atoi(argv[2]));
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
  const Checkpoint checkpoint = open_checkpoint(argv[1]);
  VisionTransformer model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  std::printf("%s: %.1f GFLOP an image, %d threads, oneDNN %s\n", checkpoint.name.c_str(),
              nominal_flops(checkpoint.config.vit) / 1e9, compute_threads(),
              onednn_version().c_str());
  measure(checkpoint, model, 1, rounds);
  measure(checkpoint, model, 8, rounds);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "share_bench: %s\n", error.what());
  return 1;
}
