#include "app/predict/download_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "app/cli/interruption.h"
#include "app/cli/messages.h"
#include "app/cli/progress.h"

namespace saccade {

std::string size_text(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"bytes", "kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return fmt::format("{:.{}f} {}", size, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string download_bar(uint64_t done, uint64_t total, double rate) {
  std::string text =
      fmt::format("{} {} of {}", bar_of(done, total), size_text(done), size_text(total));
  if (rate > 0) {
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    text += fmt::format("  {}/s  ETA {}", size_text(static_cast<uint64_t>(rate)), clock_time(left));
  }
  return text;
}

DownloadProgress::DownloadProgress(std::string name, bool quiet, bool bars)
    : name_(std::move(name)),
      quiet_(quiet),
      bars_(bars && !quiet),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

DownloadProgress::~DownloadProgress() { clear(); }

PullWatch DownloadProgress::watch() {
  return {[] { return interrupt_signal() != 0; }, [this](const std::string& text) { note(text); },
          [this](uint64_t done, uint64_t total) { tell(done, total); }};
}

void DownloadProgress::finish() {
  clear();
  if (!begun_ || !bars_) return;
  const std::chrono::duration<double> passed = Clock::now() - start_;
  print_note(fmt::format("{}: {} in {:.1f} s, {}/s", name_, size_text(done_ - before_),
                         passed.count(), size_text(static_cast<uint64_t>(rate()))));
}

void DownloadProgress::tell(uint64_t done, uint64_t total) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  done_ = done;
  if (!std::exchange(begun_, true)) {
    start_ = now;
    before_ = done;
    if (bars_ && !terminal_) {
      print_note(fmt::format("{}: downloading {}{}", name_,
                             size_text(total - std::min(done, total)),
                             done == 0 ? "" : fmt::format(", {} are there", size_text(done))));
    }
  }
  if (!bars_ || !terminal_ || now - told_ < std::chrono::milliseconds(100)) return;
  told_ = now;
  std::fputs(("\r" + name_ + " " + download_bar(done, total, rate()) + "\033[K").c_str(), stderr);
  drawn_ = true;
}

void DownloadProgress::note(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  clear();
  print_note(text);
}

void DownloadProgress::clear() {
  if (std::exchange(drawn_, false)) std::fputs("\r\033[K", stderr);
}

double DownloadProgress::rate() const {
  const std::chrono::duration<double> passed = Clock::now() - start_;
  const uint64_t came = done_ - std::min(before_, done_);
  return passed.count() > 0 ? static_cast<double>(came) / passed.count() : 0;
}

}  // namespace saccade
