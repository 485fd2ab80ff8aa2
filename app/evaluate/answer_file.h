// Known classes beside the model's answers, as CSV.
#pragma once

#include <cstdint>
#include <filesystem>

#include "app/cli/atomic_output.h"
#include "app/results/report.h"
#include "weights/config/labels.h"

namespace saccade {

/// A row a picture, under a header: file, class, class_label, predicted, predicted_label, score,
/// rank, error. The rank is the right class's place among the best, from 1, and empty where it is
/// none of them. Refers to the labels.
class AnswerFile {
 public:
  /// Throws SystemError where the file cannot be written, as does everything here.
  AnswerFile(const std::filesystem::path& file, const Labels& labels);

  /// Adds the result of a picture of class `truth`.
  void add(int64_t truth, const ImageResult& result);
  /// The last call; without it there is no new file, and an older one stays.
  void finish() { output_.finish(); }

 private:
  std::string label(int64_t index) const;

  AtomicOutput output_;
  const Labels& labels_;
};

}  // namespace saccade
