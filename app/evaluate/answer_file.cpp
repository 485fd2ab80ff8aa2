#include "app/evaluate/answer_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/predict/class_label.h"

namespace saccade {
namespace {

constexpr std::string_view kAnswerHead =
    "file,class,class_label,predicted,predicted_label,score,rank,error\n";

std::string rank_of(int64_t truth, const std::vector<Prediction>& best) {
  const auto found = std::find_if(best.begin(), best.end(),
                                  [&](const Prediction& one) { return one.index == truth; });
  return found == best.end() ? "" : std::to_string(found - best.begin() + 1);
}

}  // namespace

AnswerFile::AnswerFile(const std::filesystem::path& file, const Labels& labels,
                       CsvFormulas formulas)
    : output_(file), labels_(labels), formulas_(formulas) {
  output_.write(kAnswerHead);
}

bool AnswerFile::begins(std::string_view head) { return head.starts_with(kAnswerHead); }

std::string AnswerFile::label(int64_t index) const {
  return csv_field(class_label(labels_, index, LabelType::description), formulas_);
}

void AnswerFile::add(int64_t truth, const ImageResult& result) {
  const std::string known =
      fmt::format("{},{},{}", csv_field(result.file, formulas_), truth, label(truth));
  if (result.predictions.empty()) {
    output_.write(fmt::format("{},,,,,{}\n", known, csv_field(result.error, formulas_)));
  } else {
    const Prediction& best = result.predictions.front();
    output_.write(fmt::format("{},{},{},{},{},\n", known, best.index, label(best.index), best.score,
                              rank_of(truth, result.predictions)));
  }
}

}  // namespace saccade
