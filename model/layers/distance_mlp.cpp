#include "model/layers/distance_mlp.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

// Of -(side - 1) to side - 1.
std::vector<double> logarithms(int64_t side) {
  std::vector<double> all;
  for (int64_t x = 1 - side; x < side; ++x) {
    const float log = std::log(1 + float(std::abs(x)));  // in f32, as timm
    all.push_back(x < 0 ? -log : log);
  }
  return all;
}

}  // namespace

std::vector<float> bias_of_distances(const Weights& weights, const std::string& mlp,
                                     ImageSize grid) {
  const std::vector<float> w1 = weights.read(mlp + "fc1.weight");  // [hidden, 2]
  const std::vector<float> b1 = weights.read(mlp + "fc1.bias");    // [hidden]
  const std::vector<float> w2 = weights.read(mlp + "fc2.weight");  // [H, hidden]
  const std::vector<float> b2 = weights.read(mlp + "fc2.bias");    // [H]
  std::vector<double> hidden(b1.size());
  std::vector<float> table;
  table.reserve(logarithms(grid.height).size() * logarithms(grid.width).size() * b2.size());
  for (const double down : logarithms(grid.height)) {
    for (const double across : logarithms(grid.width)) {
      for (size_t i = 0; i < hidden.size(); ++i) {
        hidden[i] = std::max(0.0, w1[2 * i] * down + w1[2 * i + 1] * across + b1[i]);
      }
      for (size_t h = 0; h < b2.size(); ++h) {
        double sum = b2[h];
        for (size_t i = 0; i < hidden.size(); ++i) sum += w2[h * hidden.size() + i] * hidden[i];
        table.push_back(static_cast<float>(sum));
      }
    }
  }
  return table;
}

}  // namespace saccade
