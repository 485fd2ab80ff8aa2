#include <fmt/format.h>

#include <string>
#include <string_view>

#include "app/report.h"

namespace saccade {
namespace {

/// RFC 4180, section 2: a field with a comma, a quote or a line break stands in quotes, in which
/// quotes are doubled.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// A row a class; a picture without one has a row with empty fields, so that none is lost. Lines
/// end in LF, as timm and pandas write them, not in RFC 4180's CRLF.
class CsvReport : public Report {
 public:
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
};

}  // namespace

std::unique_ptr<Report> make_csv_report() { return std::make_unique<CsvReport>(); }

}  // namespace saccade
