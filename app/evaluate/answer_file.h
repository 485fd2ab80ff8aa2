// Writes true classes and the model's predictions as CSV.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/cli/atomic_output.h"
#include "app/results/csv_field.h"
#include "app/results/report.h"
#include "weights/config/labels.h"

namespace saccade {

/// One row per picture, with the header file, class, class_label, predicted, predicted_label,
/// score, rank, error. The rank is that of the true class among the best, from 1; it is empty if
/// the class is not among them. Holds a reference to the labels.
class AnswerFile {
 public:
  /// Throws SystemError if the file cannot be written, as do all functions.
  AnswerFile(const std::filesystem::path& file, const Labels& labels, CsvFormulas formulas);

  /// Adds the result of a picture of class `truth`.
  void add(int64_t truth, const ImageResult& result);
  /// The last call; without it no file appears, and an existing one is kept.
  void finish() { output_.finish(); }

  /// Whether a file with these first bytes is one of these.
  static bool begins(std::string_view head);

 private:
  std::string label(int64_t index) const;

  AtomicOutput output_;
  const Labels& labels_;
  CsvFormulas formulas_;
};

}  // namespace saccade
