#include "app/cli/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "weights/base/text.h"

namespace saccade {
namespace {

// One write, so that lines of several processes do not mix. A failed write cannot be reported.
void write_line(std::string_view head, std::string_view text) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const std::string line = fmt::format("{}{}\n", head, terminal ? escaped(text) : printable(text));
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void print_error(std::string_view text) { write_line("saccade: error: ", text); }
void print_note(std::string_view text) { write_line("saccade: ", text); }

}  // namespace saccade
