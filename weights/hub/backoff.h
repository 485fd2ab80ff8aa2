// Retries after transient failures, with exponential backoff.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "weights/hub/http.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// Returns whether a retry may help: status 408, 429, 500, 502, 503 or 504.
bool is_transient(long status);

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first_wait, const PullWatch& watch)
      : first_wait_(first_wait), wait_(first_wait), watch_(watch) {}

  /// Notes `trouble` and waits before the next try: as long as the server's Retry-After asks for,
  /// else twice as long as the last time. Returns false without waiting after four tries or if the
  /// server asks for more than five minutes. Throws Interrupted.
  bool wait(const std::string& trouble, const HttpResponse* answer = nullptr);
  /// Starts over, because the last try made progress.
  void reset();

 private:
  std::chrono::milliseconds first_wait_, wait_;
  const PullWatch& watch_;
  int tries_ = 0;
};

/// Throws Interrupted if `watch.stopped()`.
void throw_if_stopped(const PullWatch& watch);

}  // namespace saccade
