#include "app/bench/bench_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "app/results/json_values.h"
#include "app/system/machine.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

struct KindName {
  std::string_view name;
  /// Substring of its primitives' names; empty for kinds without primitives and for the last kind.
  std::string_view part;
};

/// In the order of LayerKind. A primitive that matches none belongs to the head, whose name depends
/// on the checkpoint.
constexpr std::array<KindName, kLayerKinds> kKinds{{{"patch_embed", "patch_embed."},
                                                    {"norm", ""},
                                                    {"qkv", ".attn.qkv"},
                                                    {"attention", "attn ["},
                                                    {"proj", ".attn.proj"},
                                                    {"fc1", ".mlp.fc1"},
                                                    {"fc2", ".mlp.fc2"},
                                                    {"head", ""}}};

size_t kind_of(std::string_view primitive) {
  for (size_t kind = 0; kind < kLayerKinds; ++kind) {
    const std::string_view part = kKinds[kind].part;
    if (!part.empty() && primitive.find(part) != primitive.npos) return kind;
  }
  return size_t(LayerKind::head);
}

std::string profile_text(const BatchResult& result) {
  const double all =
      std::accumulate(result.profile.begin(), result.profile.end(), 0.0,
                      [](double sum, const LayerCost& cost) { return sum + cost.ms; });
  std::string text = fmt::format("\n{:<14}{:>10}{:>8}  {}\n", fmt::format("batch {}", result.batch),
                                 "ms", "part", "oneDNN implementation");
  for (const LayerCost& cost : result.profile) {
    const std::string implementations =
        cost.implementations.empty() ? "none: own code"
                                     : fmt::format("{}", fmt::join(cost.implementations, ", "));
    text += fmt::format("{:<14}{:>10.3f}{:>6.1f} %  {}\n", cost.layer, cost.ms, 100 * cost.ms / all,
                        implementations);
  }
  return text;
}

Json profile_json(const std::vector<LayerCost>& profile) {
  Json list = Json::array();
  for (const LayerCost& cost : profile) {
    list.push_back(
        {{"layer", cost.layer}, {"ms", cost.ms}, {"implementations", cost.implementations}});
  }
  return list;
}

Json batch_json(const BatchResult& result) {
  Json json = {{"batch", result.batch},
               {"passes", result.ms.count},
               {"median_ms", result.ms.median},
               {"p90_ms", result.ms.p90},
               {"p99_ms", result.ms.p99},
               {"min_ms", result.ms.min},
               {"images_per_s", result.images_per_s},
               {"gflop_per_s", result.gflop_per_s},
               {"reference_gflop_per_s", result.reference_gflop_per_s},
               {"share", result.share()},
               {"activation_bytes", result.activation_bytes},
               {"peak_bytes", result.peak_bytes}};
  if (!result.profile.empty()) json["profile"] = profile_json(result.profile);
  return json;
}

}  // namespace

std::vector<LayerCost> layer_costs(const LayerTimes& seconds,
                                   const std::vector<PrimitiveInfo>& primitives) {
  std::vector<LayerCost> costs;
  for (size_t kind = 0; kind < kLayerKinds; ++kind) {
    costs.push_back({std::string(kKinds[kind].name), 1e3 * seconds[kind], {}});
  }
  for (const PrimitiveInfo& primitive : primitives) {
    auto& known = costs[kind_of(primitive.layer)].implementations;
    if (std::find(known.begin(), known.end(), primitive.implementation) == known.end()) {
      known.push_back(primitive.implementation);
    }
  }
  return costs;
}

std::string bench_as_text(const BenchResult& result) {
  std::string text = fmt::format("{}: {} x {} pixels, {:.3g} GFLOP an image, {}\n",
                                 escaped(result.model), result.input.height, result.input.width,
                                 result.gflop_per_image, name_of(result.precision));
  text += fmt::format("{}; threads: {}, streams: {}; oneDNN {}; loaded in {:.0f} ms\n\n",
                      escaped(cpu_name()), result.threads, result.streams, onednn_version(),
                      result.load_ms);
  text +=
      fmt::format("{:>5}{:>11}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}{:>16}{:>10}\n", "batch", "median ms",
                  "p90", "p99", "min", "images/s", "GFLOP/s", "share", "activations MB", "peak MB");
  for (const BatchResult& batch : result.batches) {
    text += fmt::format(
        "{:>5}{:>11.2f}{:>9.2f}{:>9.2f}{:>9.2f}{:>10.1f}{:>9.1f}{:>7.1f} %{:>16.1f}{:>10.0f}\n",
        batch.batch, batch.ms.median, batch.ms.p90, batch.ms.p99, batch.ms.min, batch.images_per_s,
        batch.gflop_per_s, 100 * batch.share(), double(batch.activation_bytes) / 1e6,
        double(batch.peak_bytes) / 1e6);
  }
  for (const BatchResult& batch : result.batches) {
    if (!batch.profile.empty()) text += profile_text(batch);
  }
  return text;
}

std::string bench_as_json(const BenchResult& result) {
  Json batches = Json::array();
  for (const BatchResult& batch : result.batches) batches.push_back(batch_json(batch));
  return pretty_json({{"model", result.model},
                      {"input", {result.input.height, result.input.width}},
                      {"precision", name_of(result.precision)},
                      {"gflop_per_image", result.gflop_per_image},
                      {"threads", result.threads},
                      {"streams", result.streams},
                      {"cpu", cpu_name()},
                      {"saccade", SACCADE_VERSION},
                      {"onednn", onednn_version()},
                      {"load_ms", result.load_ms},
                      {"batches", std::move(batches)}});
}

}  // namespace saccade
