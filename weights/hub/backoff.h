// New tries after failures that pass: each waits twice as long as the one before.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "weights/hub/http.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// Whether another try may do better: 408, 429, 500, 502, 503, 504.
bool may_pass(long status);

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first_wait, const PullWatch& watch)
      : first_wait_(first_wait), wait_(first_wait), watch_(watch) {}

  /// Waits before the next try, as long as the server's Retry-After says where it says so; false
  /// where there should be none: four were in vain, or the server wants more than five minutes.
  /// Throws Interrupted.
  bool wait(const std::string& trouble, const HttpResponse* answer = nullptr);
  /// The last try got something done.
  void reset();

 private:
  std::chrono::milliseconds first_wait_, wait_;
  const PullWatch& watch_;
  int tries_ = 0;
};

/// Throws Interrupted where `watch` says so.
void stop_if_asked(const PullWatch& watch);

}  // namespace saccade
