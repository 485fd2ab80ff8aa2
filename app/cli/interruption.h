// Ctrl-C and SIGTERM as a request to come to an end.
#pragma once

#include <csignal>

namespace saccade {

/// From now on the first SIGINT or SIGTERM is only noted; a second one ends the process at once.
void install_interrupt_handlers();

/// Notes them as long as it lives; then they do again what they did before.
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

/// The signal that was noted; 0 where none was.
int interrupt_signal();

}  // namespace saccade
