#include "app/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/cli/messages.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

std::string bar(uint64_t done, uint64_t total) {
  constexpr size_t kWidth = 20;
  const size_t filled = done >= total ? kWidth : kWidth * done / total;
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(kWidth - filled, '-'));
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

bool ProgressLine::due() {
  const auto now = Clock::now();
  if (now - shown_ < std::chrono::milliseconds(terminal_ ? 100 : 60'000)) return false;
  shown_ = now;
  return true;
}

void ProgressLine::show(const std::string& text) {
  if (!terminal_) return print_note(text);
  std::fputs(("\r" + escaped(text) + "\033[K").c_str(), stderr);
  drawn_ = true;
}

void ProgressLine::clear() {
  if (std::exchange(drawn_, false)) std::fputs("\r\033[K", stderr);
}

std::string progress_text(uint64_t done, uint64_t total, double rate, std::string_view amounts,
                          std::string_view rate_text) {
  std::string text = fmt::format("{} {}", bar(done, total), amounts);
  if (rate > 0) {
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    text += fmt::format("  {}  ETA {}", rate_text, clock_time(left));
  }
  return text;
}

std::string clock_time(double seconds) {
  constexpr double kMost = 1e9;
  const auto all = static_cast<int64_t>(std::clamp(seconds, 0.0, kMost));
  const int64_t hours = all / 3600, minutes = all / 60 % 60, rest = all % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                   : fmt::format("{}:{:02}", minutes, rest);
}

std::string progress_bar(size_t done, size_t total, double rate, size_t failed) {
  const std::string text = progress_text(done, total, rate, fmt::format("{}/{}", done, total),
                                         fmt::format("{:.1f} images/s", rate));
  return failed > 0 ? fmt::format("{}  {} failed", text, failed) : text;
}

Progress::Progress(size_t total, size_t done, size_t failed, bool silent)
    : total_(total), done_(done), failed_(failed), done_before_(done), silent_(silent) {}

void Progress::advance() {
  ++done_;
  if (!silent_ && line_.due()) line_.show(text());
}

void Progress::advance_failed(std::string_view error) {
  ++failed_;
  line_.clear();
  print_error(error);
  advance();
}

std::string Progress::text() const {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun_;
  return progress_bar(done_, total_, static_cast<double>(done_ - done_before_) / passed.count(),
                      failed_);
}

}  // namespace saccade
