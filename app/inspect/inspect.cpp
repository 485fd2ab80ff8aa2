#include "app/inspect/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "app/cli/exit_code.h"
#include "app/cli/output.h"
#include "app/predict/find_model.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

/// Number of columns that `text` occupies; UTF-8 continuation bytes occupy none.
size_t columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string json_text(const std::vector<Finding>& found) {
  using Json = nlohmann::ordered_json;
  return findings_as_json(found).dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string findings_as_text(const std::vector<Finding>& findings) {
  constexpr size_t kWidest = 48;  // a longer value shifts only its own source column
  size_t name_width = 0;
  size_t value_width = 0;
  for (const Finding& finding : findings) {
    name_width = std::max(name_width, finding.name.size());
    const size_t width = columns(escaped(finding.text));
    if (width <= kWidest) value_width = std::max(value_width, width);
  }
  std::string text;
  std::string_view section;
  for (const Finding& finding : findings) {
    if (finding.section != section) {
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", finding.section);
      section = finding.section;
    }
    const std::string value = escaped(finding.text);
    const size_t padding = value_width - std::min(value_width, columns(value));
    text += fmt::format("  {:{}}  {}{:{}}  {}\n", finding.name, name_width, value, "", padding,
                        finding.source);
  }
  return text;
}

int inspect(const InspectOptions& options) {
  const Checkpoint checkpoint = find_model(options.model, options.overrides, false);
  const std::vector<Finding> found = findings(checkpoint);
  Output output;
  output.write(options.json ? json_text(found) : findings_as_text(found));
  output.flush();
  return kExitDone;
}

}  // namespace saccade
