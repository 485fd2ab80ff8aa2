#include <fmt/format.h>

#include <string>
#include <string_view>

#include "app/results/csv_field.h"
#include "app/results/report.h"

namespace saccade {
namespace {

/// One row per class. A picture without classes has a row with empty fields, so that none is lost.
/// Lines end in LF, as timm and pandas write them, not in CRLF as in RFC 4180.
class CsvReport : public Report {
 public:
  explicit CsvReport(CsvFormulas formulas) : formulas_(formulas) {}

  std::string head() override { return "file,rank,index,label,score,error\n"; }

  std::string record(const ImageResult& result) override {
    const std::string file = field(result.file);
    if (result.predictions.empty()) return fmt::format("{},,,,,{}\n", file, field(result.error));
    std::string rows;
    int rank = 0;
    for (const Prediction& prediction : result.predictions) {
      rows += fmt::format("{},{},{},{},{},\n", file, ++rank, prediction.index,
                          field(prediction.label), prediction.score);
    }
    return rows;
  }

 private:
  std::string field(const std::string& text) const { return csv_field(text, formulas_); }

  CsvFormulas formulas_;
};

}  // namespace

std::unique_ptr<Report> make_csv_report(CsvFormulas formulas) {
  return std::make_unique<CsvReport>(formulas);
}

}  // namespace saccade
