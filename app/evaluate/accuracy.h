// Accuracy and calibration of a classifier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "vision/overlay/calibration_bin.h"

namespace saccade {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson's 95 % score interval of a proportion (Wilson 1927), with z = 1.96, p = k / n: (p + z²/2n
/// ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n).
Interval wilson_interval(int64_t right, int64_t all);

struct ClassAccuracy {
  int64_t index = 0;
  int64_t pictures = 0;             ///< number of this class
  int64_t predicted = 0;            ///< number predicted to be of this class
  int64_t correct = 0;              ///< number that is both
  std::optional<double> precision;  ///< correct / predicted; nullopt if nothing is predicted
  std::optional<double> recall;     ///< correct / pictures; nullopt if there are no pictures
  double f1 = 0;                    ///< 2 correct / (pictures + predicted)
};

/// Number of pictures of class `truth` predicted to be of class `predicted`.
struct Confusion {
  int64_t truth = 0;
  int64_t predicted = 0;
  int64_t count = 0;
};

struct Means {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// Expected calibration error (Guo, Pleiss, Sun and Weinberger 2017): pictures are put into M equal
/// bins ((m - 1) / M, m / M] by the confidence of their best class; the error is the sum over the
/// bins, with B of the n pictures, of B / n * |accuracy - mean confidence|.
struct Calibration {
  std::vector<CalibrationBin> bins;
  double error = 0;
  double confidence = 0;  ///< mean over all pictures
};

inline constexpr int kCalibrationBins = 15;

/// Counts predictions.
class AccuracyCount {
 public:
  /// Adds a picture of class `truth`. `best` are the classes with the highest scores, best first;
  /// `confidence` is the best score.
  void add(int64_t truth, std::span<const int64_t> best, double confidence);

  int64_t pictures() const { return pictures_; }
  int64_t top1() const { return top1_; }
  /// Number of pictures whose class is among the best.
  int64_t topk() const { return topk_; }

  /// The classes that have pictures or are predicted, ordered by index.
  std::vector<ClassAccuracy> classes() const;
  /// Every pair that occurs, including correct predictions, ordered by indices.
  std::vector<Confusion> confusions() const;
  Calibration calibration() const;

 private:
  struct BinSum {
    int64_t count = 0;
    int64_t right = 0;
    double confidence = 0;
  };

  int64_t pictures_ = 0;
  int64_t top1_ = 0;
  int64_t topk_ = 0;
  std::map<std::pair<int64_t, int64_t>, int64_t> confusions_;
  std::vector<BinSum> bins_ = std::vector<BinSum>(kCalibrationBins);
};

/// Means over the classes that have pictures; an undefined precision counts as 0.
Means macro_means(std::span<const ClassAccuracy> classes);

}  // namespace saccade
