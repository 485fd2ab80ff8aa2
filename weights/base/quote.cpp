#include "weights/base/quote.h"

#include <fmt/format.h>

namespace saccade {
namespace {

constexpr size_t max_shown = 120;

std::string escaped(unsigned char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    default:
      return c < 0x20 || c > 0x7e ? fmt::format("\\x{:02x}", c) : std::string(1, char(c));
  }
}

}  // namespace

std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text.substr(0, max_shown)) {
    result += escaped(static_cast<unsigned char>(c));
  }
  return result + (text.size() > max_shown ? "\"..." : "\"");
}

}  // namespace saccade
