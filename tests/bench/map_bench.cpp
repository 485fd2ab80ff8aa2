// What does a map that explains a class cost, in forward passes and in memory?
//
//   map_bench MODEL|NAME [THREADS [ROUNDS]]
//
// NAME is an architecture of `saccade bench --arch`, with random weights.
// A forward pass, and maps of the methods relevance and saccade with their own forward passes, take
// turns in one run; the first of a turn is not counted. Memory: what the process holds after maps
// more than after forward passes, with the second packing of the weights told apart.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "app/bench/time_summary.h"
#include "app/maps/map_maker.h"
#include "app/maps/map_request.h"
#include "app/system/machine.h"
#include "model/inference_context.h"
#include "tests/bench/timing.h"
#include "weights/checkpoint.h"
#include "weights/random_checkpoint.h"

namespace {

using namespace saccade;
using bench::seconds;

MapRequest request_of(MapMethod method, const Checkpoint& checkpoint) {
  MapOptions options;
  options.methods = {method};
  return map_request(options, checkpoint.config, checkpoint.input_size());
}

double resident_mb() { return double(status_bytes("VmRSS")) / 1e6; }

Checkpoint open(const char* model) {
  return std::filesystem::exists(model) ? open_checkpoint(model) : random_checkpoint(model);
}

double median(const std::vector<double>& times) { return summarize(times).median; }

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fputs("usage: map_bench MODEL|NAME [THREADS [ROUNDS]]\n", stderr);
    return 2;
  }
  if (argc > 2) set_compute_threads(std::atoi(argv[2]));
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
  const Checkpoint checkpoint = open(argv[1]);
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize size = checkpoint.input_size();
  InferenceContext model(vit, checkpoint.weights, size, {.gradients = true});
  std::vector<float> pixels(size_t(3 * size.height * size.width));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = float(i * 2654435761u % 4096) / 2048 - 1;
  std::vector<float> logits(size_t(vit.head.classes));

  std::vector<double> forward_times, record_times, relevance_times, saccade_times;
  const auto forward = [&] { model.forward(pixels, 1, logits); };
  const auto record = [&] { model.record(pixels, 1, logits); };
  const MapRequest relevance_request = request_of(MapMethod::relevance, checkpoint);
  const MapRequest saccade_request = request_of(MapMethod::saccade, checkpoint);
  MapMaker relevance_maker(vit, size, model, relevance_request);
  MapMaker saccade_maker(vit, size, model, saccade_request);
  const auto map = [&](MapMaker& maker, const MapRequest& request) {
    maker.run(pixels, 1, logits);
    maker.maps(0, maps_of(request, logits));
  };
  const auto relevance = [&] { map(relevance_maker, relevance_request); };
  const auto saccade_map = [&] { map(saccade_maker, saccade_request); };
  forward();
  const double before = resident_mb();
  record();
  const double recorded = resident_mb();
  const double first = 1e3 * seconds(relevance);
  const double after = resident_mb();
  constexpr int kTurn = 4;
  for (int round = 0; round < rounds; ++round) {
    forward();
    for (int i = 0; i < kTurn; ++i) forward_times.push_back(1e3 * seconds(forward));
    for (int i = 0; i < kTurn; ++i) record_times.push_back(1e3 * seconds(record));
    relevance();
    for (int i = 0; i < kTurn; ++i) relevance_times.push_back(1e3 * seconds(relevance));
    for (int i = 0; i < kTurn; ++i) saccade_times.push_back(1e3 * seconds(saccade_map));
  }
  const double one = median(forward_times);
  std::printf("%s, %d threads, oneDNN %s\n", checkpoint.name.c_str(), compute_threads(),
              onednn_version().c_str());
  const auto tell = [one](const char* what, const std::vector<double>& times) {
    std::printf("%s %.2f ms (%.2f forward passes)\n", what, median(times), median(times) / one);
  };
  tell("forward", forward_times);
  tell("recorded forward", record_times);
  tell("relevance", relevance_times);
  tell("saccade", saccade_times);
  std::printf("first map: %.0f ms\n", first);
  std::printf("tape by count %.1f MB; resident +%.1f MB recorded, +%.1f MB backward\n",
              double(InferenceContext::recorded_bytes(vit, size)) / 1e6, recorded - before,
              after - recorded);
  for (const PrimitiveInfo& primitive : model.primitives()) {
    if (primitive.implementation.find("ref") != std::string::npos) {
      std::printf("slow: %s on %s\n", primitive.layer.c_str(), primitive.implementation.c_str());
    }
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "map_bench: %s\n", error.what());
  return 1;
}
