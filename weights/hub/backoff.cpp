#include "weights/hub/backoff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>

namespace saccade {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Returns Retry-After if it is in seconds, else nullopt: like huggingface_hub, ignores dates.
std::optional<milliseconds> retry_after(const HttpResponse* answer) {
  const std::string text = answer ? answer->header("retry-after") : "";
  uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds(count);
}

}  // namespace

bool is_transient(long status) {
  constexpr std::array<long, 6> kTransient{408, 429, 500, 502, 503, 504};
  return std::find(kTransient.begin(), kTransient.end(), status) != kTransient.end();
}

bool Backoff::wait(const std::string& trouble, const HttpResponse* answer) {
  constexpr int kMaxTries = 4;
  constexpr milliseconds kMaxPause = seconds(300);
  const milliseconds pause = retry_after(answer).value_or(wait_);
  if (++tries_ > kMaxTries || pause > kMaxPause) return false;
  watch_.note(fmt::format("{}; trying again in {:.3g} s", trouble,
                          std::chrono::duration<double>(pause).count()));
  const auto end = std::chrono::steady_clock::now() + pause;
  for (auto now = end - pause; now < end; now = std::chrono::steady_clock::now()) {
    throw_if_stopped(watch_);
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(end - now, milliseconds(50)));
  }
  wait_ *= 2;
  return true;
}

void Backoff::reset() {
  tries_ = 0;
  wait_ = first_wait_;
}

void throw_if_stopped(const PullWatch& watch) {
  if (watch.stopped()) throw Interrupted("interrupted");
}

}  // namespace saccade
