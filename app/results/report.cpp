#include "app/results/report.h"

namespace saccade {

void write(Output& output, const Report& report, std::string_view text) {
  if (report.paints()) {
    output.write_painted(text);
  } else {
    output.write(text);
  }
}

std::unique_ptr<Report> make_report(OutputFormat format, const ReportStyle& style) {
  switch (format) {
    case OutputFormat::json:
      return make_json_report(style);
    case OutputFormat::jsonl:
      return make_jsonl_report(style);
    case OutputFormat::csv:
      return make_csv_report(style.formulas);
    case OutputFormat::text:
      break;
  }
  return make_text_report(style);
}

}  // namespace saccade
