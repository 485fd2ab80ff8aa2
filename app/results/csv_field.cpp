#include "app/results/csv_field.h"

#include "app/results/json_values.h"

namespace saccade {

std::string csv_field(std::string_view bytes) {
  const std::string text = utf8_text(std::string(bytes));
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace saccade
