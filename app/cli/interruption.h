// Ctrl-C and SIGTERM as requests to stop.
#pragma once

#include <csignal>

namespace saccade {

/// From now on, the first SIGINT or SIGTERM is only recorded; a second one ends the process.
void install_interrupt_handlers();

/// Installs the handlers for its lifetime, then restores the previous ones.
class ScopedInterruptHandlers {
 public:
  ScopedInterruptHandlers();
  ~ScopedInterruptHandlers();
  ScopedInterruptHandlers(const ScopedInterruptHandlers&) = delete;
  ScopedInterruptHandlers& operator=(const ScopedInterruptHandlers&) = delete;

 private:
  struct sigaction interrupt_ {
  }, terminate_{};
};

/// The recorded signal; 0 if there was none.
int interrupt_signal();

}  // namespace saccade
