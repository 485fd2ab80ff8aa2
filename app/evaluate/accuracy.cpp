#include "app/evaluate/accuracy.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

double share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

size_t bin_of(double confidence) {
  const auto bin = static_cast<int>(std::ceil(confidence * kCalibrationBins)) - 1;
  return static_cast<size_t>(std::clamp(bin, 0, kCalibrationBins - 1));
}

}  // namespace

Interval wilson_interval(int64_t right, int64_t all) {
  constexpr double z = 1.959963984540054;  // 97.5th percentile of the normal distribution
  const auto n = static_cast<double>(all);
  const double p = share(right, all);
  const double centre = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

void AccuracyCount::add(int64_t truth, std::span<const int64_t> best, double confidence) {
  const bool right = best.front() == truth;
  ++pictures_;
  if (right) ++top1_;
  if (std::find(best.begin(), best.end(), truth) != best.end()) ++topk_;
  ++confusions_[{truth, best.front()}];
  BinSum& bin = bins_[bin_of(confidence)];
  ++bin.count;
  if (right) ++bin.right;
  bin.confidence += confidence;
}

std::vector<ClassAccuracy> AccuracyCount::classes() const {
  std::map<int64_t, ClassAccuracy> counts;
  for (const auto& [pair, count] : confusions_) {
    const auto [truth, predicted] = pair;
    counts[truth].pictures += count;
    counts[predicted].predicted += count;
    if (truth == predicted) counts[truth].correct += count;
  }
  std::vector<ClassAccuracy> classes;
  for (auto& [index, one] : counts) {
    one.index = index;
    if (one.predicted > 0) one.precision = share(one.correct, one.predicted);
    if (one.pictures > 0) one.recall = share(one.correct, one.pictures);
    one.f1 = share(2 * one.correct, one.pictures + one.predicted);
    classes.push_back(one);
  }
  return classes;
}

std::vector<Confusion> AccuracyCount::confusions() const {
  std::vector<Confusion> confusions;
  for (const auto& [pair, count] : confusions_) {
    confusions.push_back({pair.first, pair.second, count});
  }
  return confusions;
}

Calibration AccuracyCount::calibration() const {
  Calibration calibration;
  for (size_t i = 0; i < bins_.size(); ++i) {
    const BinSum& sum = bins_[i];
    CalibrationBin bin{share(static_cast<int64_t>(i), kCalibrationBins),
                       share(static_cast<int64_t>(i) + 1, kCalibrationBins), sum.count, 0, 0};
    if (sum.count > 0) {
      bin.accuracy = share(sum.right, sum.count);
      bin.confidence = sum.confidence / static_cast<double>(sum.count);
      calibration.error += share(sum.count, pictures_) * std::abs(bin.accuracy - bin.confidence);
      calibration.confidence += sum.confidence / static_cast<double>(pictures_);
    }
    calibration.bins.push_back(bin);
  }
  return calibration;
}

Means macro_means(std::span<const ClassAccuracy> classes) {
  Means means;
  int64_t count = 0;
  for (const ClassAccuracy& one : classes) {
    if (one.pictures == 0) continue;
    ++count;
    means.precision += one.precision.value_or(0);
    means.recall += *one.recall;
    means.f1 += one.f1;
  }
  if (count == 0) return means;
  for (double* mean : {&means.precision, &means.recall, &means.f1}) {
    *mean /= static_cast<double>(count);
  }
  return means;
}

}  // namespace saccade
