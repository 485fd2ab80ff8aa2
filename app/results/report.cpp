#include "app/results/report.h"

namespace saccade {

std::unique_ptr<Report> make_report(OutputFormat format, const ReportStyle& style) {
  switch (format) {
    case OutputFormat::json:
      return make_json_report(style);
    case OutputFormat::jsonl:
      return make_jsonl_report(style);
    case OutputFormat::csv:
      return make_csv_report();
    case OutputFormat::text:
      break;
  }
  return make_text_report(style);
}

}  // namespace saccade
