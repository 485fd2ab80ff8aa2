#include "app/cli/interruption.h"

namespace saccade {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  noted = signal;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void note_interruptions() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

NotedInterruptions::NotedInterruptions() {
  ::sigaction(SIGINT, nullptr, &interrupt_);
  ::sigaction(SIGTERM, nullptr, &terminate_);
  note_interruptions();
}

NotedInterruptions::~NotedInterruptions() {
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
}

int noted_interruption() { return noted; }

}  // namespace saccade
