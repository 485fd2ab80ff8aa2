#include "app/predict/download_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "app/cli/interruption.h"
#include "app/cli/messages.h"

namespace saccade {

std::string bytes_text(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"bytes", "kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return fmt::format("{:.{}f} {}", size, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string download_bar(uint64_t done, uint64_t total, double rate) {
  return progress_text(done, total, rate,
                       fmt::format("{} of {}", bytes_text(done), bytes_text(total)),
                       fmt::format("{}/s", bytes_text(static_cast<uint64_t>(rate))));
}

DownloadProgress::DownloadProgress(std::string name, bool quiet, bool bars)
    : name_(std::move(name)), quiet_(quiet), bars_(bars && !quiet) {}

PullWatch DownloadProgress::watch() {
  return {[] { return interrupt_signal() != 0; }, [this](const std::string& text) { note(text); },
          [this](uint64_t done, uint64_t total) { update(done, total); }};
}

void DownloadProgress::finish() {
  line_.clear();
  if (!begun_ || !bars_) return;
  const std::chrono::duration<double> passed = Clock::now() - start_;
  print_note(fmt::format("{}: {} in {:.1f} s, {}/s", name_, bytes_text(done_ - before_),
                         passed.count(), bytes_text(static_cast<uint64_t>(rate()))));
}

void DownloadProgress::update(uint64_t done, uint64_t total) {
  const std::lock_guard lock(mutex_);
  done_ = done;
  const bool first = !std::exchange(begun_, true);
  if (first) {
    start_ = Clock::now();
    before_ = done;
  }
  if (!bars_) return;
  if (line_.on_terminal()) {
    if (first || line_.due()) line_.show(name_ + " " + download_bar(done, total, rate()));
  } else if (first) {
    line_.show(fmt::format("{}: downloading {}{}", name_, bytes_text(total - std::min(done, total)),
                           done == 0 ? "" : fmt::format(", {} are there", bytes_text(done))));
  }
}

void DownloadProgress::note(const std::string& text) {
  if (quiet_) return;
  const std::lock_guard lock(mutex_);
  line_.clear();
  print_note(text);
}

double DownloadProgress::rate() const {
  const std::chrono::duration<double> passed = Clock::now() - start_;
  const uint64_t came = done_ - std::min(before_, done_);
  return passed.count() > 0 ? static_cast<double>(came) / passed.count() : 0;
}

}  // namespace saccade
