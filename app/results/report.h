// The results of pictures, and their formats: text, JSON, JSON Lines and CSV.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/output.h"
#include "app/results/csv_field.h"
#include "app/results/map_id.h"

namespace saccade {

enum class OutputFormat { text, json, jsonl, csv };

/// One class of a picture's answer.
struct Prediction {
  int64_t index = 0;
  std::string label;
  float score = 0;
};

/// The files of one map of a picture.
struct WrittenMap {
  MapId map;
  std::string file;  ///< the overlay; empty if there is none
  std::string raw;   ///< the raw map; empty if there is none
};

/// The files that were written for a picture.
struct WrittenFiles {
  std::vector<WrittenMap> maps;
  std::string panel;  ///< empty if there is none
  std::string page;   ///< the explorer; empty if there is none
};

/// The result of one picture: predictions, best first, or an error.
struct ImageResult {
  std::string file;
  std::vector<Prediction> predictions;
  std::string error;                                   ///< empty on success
  std::optional<WrittenFiles> written = std::nullopt;  ///< if the command writes files
};

/// Formats results one by one. The output is head(), the records, and tail().
class Report {
 public:
  virtual ~Report() = default;
  virtual std::string head() { return ""; }
  virtual std::string record(const ImageResult& result) = 0;
  virtual std::string tail() { return ""; }
  /// Whether its texts have colours, and are escaped but for these.
  virtual bool paints() const { return false; }
};

struct ReportStyle {
  std::string model;          ///< the model's name in the records
  bool probabilities = true;  ///< scores are in 0-1; the text format prints percentages
  bool colour = false;        ///< text only
  bool terminal = false;      ///< text only: escapes for a terminal, not only for one line
  CsvFormulas formulas = CsvFormulas::disarmed;
  /// Text only: a best score below this gets a line that no class may fit.
  std::optional<float> unsure_below = std::nullopt;
};

/// Whether a file with these first bytes is a report, in any format.
bool begins_as_report(std::string_view head);
/// Writes what the report has made.
void write(Output& output, const Report& report, std::string_view text);

std::unique_ptr<Report> make_report(OutputFormat format, const ReportStyle& style);

std::unique_ptr<Report> make_text_report(const ReportStyle& style);
std::unique_ptr<Report> make_json_report(const ReportStyle& style);
std::unique_ptr<Report> make_jsonl_report(const ReportStyle& style);
std::unique_ptr<Report> make_csv_report(CsvFormulas formulas = CsvFormulas::disarmed);

}  // namespace saccade
