#include "app/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/cli/messages.h"

namespace saccade {

std::string clock_time(double seconds) {
  constexpr double kMost = 1e9;
  const auto all = static_cast<int64_t>(std::clamp(seconds, 0.0, kMost));
  const int64_t hours = all / 3600, minutes = all / 60 % 60, rest = all % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                   : fmt::format("{}:{:02}", minutes, rest);
}

std::string bar_of(uint64_t done, uint64_t total) {
  constexpr size_t kWidth = 20;
  const size_t filled = done >= total ? kWidth : kWidth * done / total;
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(kWidth - filled, '-'));
}

std::string progress_bar(size_t done, size_t total, double rate, size_t failed) {
  std::string text = fmt::format("{} {}/{}", bar_of(done, total), done, total);
  if (rate > 0) {
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    text += fmt::format("  {:.1f} images/s  ETA {}", rate, clock_time(left));
  }
  if (failed > 0) text += fmt::format("  {} failed", failed);
  return text;
}

Progress::Progress(size_t total, size_t done, size_t failed, bool silent)
    : total_(total),
      done_(done),
      failed_(failed),
      done_before_(done),
      silent_(silent),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::advance() {
  ++done_;
  tell();
}

void Progress::advance_failed(std::string_view error) {
  ++failed_;
  clear();
  print_error(error);
  advance();
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::tell() {
  using std::chrono::milliseconds;
  if (silent_) return;
  const auto now = Clock::now();
  if (now - told_ < (terminal_ ? milliseconds(100) : milliseconds(60'000))) return;
  told_ = now;
  if (terminal_) {
    std::fputs(("\r" + text() + "\033[K").c_str(), stderr);
    drawn_ = true;
  } else {
    print_note(text());
  }
}

std::string Progress::text() const {
  const std::chrono::duration<double> passed = Clock::now() - begun_;
  return progress_bar(done_, total_, static_cast<double>(done_ - done_before_) / passed.count(),
                      failed_);
}

}  // namespace saccade
