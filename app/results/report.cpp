#include "app/results/report.h"

#include <algorithm>
#include <string_view>

namespace saccade {
namespace {

/// Whether the second line is that of a class: "   54.30%  dog", or of none.
bool begins_as_text(std::string_view head) {
  const size_t first = head.find('\n');
  if (first == head.npos || first == 0) return false;
  std::string_view line = head.substr(first + 1);
  if (!line.starts_with("  ")) return false;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (line.starts_with("(no class")) return true;
  const size_t digits = line.find_first_not_of("-0123456789.");
  if (digits == 0 || digits == line.npos) return false;
  line.remove_prefix(digits);
  return line.starts_with("%  ") || line.starts_with("  ");
}

}  // namespace

bool begins_as_report(std::string_view head) {
  constexpr std::string_view kRecord = "{\"file\":\"";
  if (head.starts_with("[")) {
    head.remove_prefix(1);
    head.remove_prefix(std::min(head.find_first_not_of(" \n"), head.size()));
    return head.empty() || head.starts_with(']') || head.starts_with(kRecord);
  }
  return head.starts_with(kRecord) || head.starts_with(make_csv_report()->head()) ||
         begins_as_text(head);
}

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
