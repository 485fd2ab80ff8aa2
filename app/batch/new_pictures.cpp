#include "app/batch/new_pictures.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "app/cli/interruption.h"
#include "app/cli/stopwatch.h"

namespace saccade {
namespace {

/// Returns early if a signal is received.
void wait(double seconds) {
  Stopwatch watch;
  for (double waited = 0; waited < seconds && interrupt_signal() == 0;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    waited += watch.lap() / 1000;
  }
}

}  // namespace

NewPictures::NewPictures(std::vector<std::string> folders, TreeOptions options,
                         const std::vector<std::string>& known)
    : folders_(std::move(folders)),
      options_(std::move(options)),
      known_(known.begin(), known.end()) {}

std::vector<std::string> NewPictures::next() {
  wait(std::max(1.0, 10 * walk_seconds_));
  std::vector<std::string> settled;
  std::map<std::string, Stamp> seen;
  Stopwatch watch;
  for (const std::string& folder : folders_) {
    if (interrupt_signal() != 0) return {};
    for (const std::string& picture : walk_pictures(folder, options_).pictures) {
      struct stat status {};
      if (known_.contains(picture) || ::stat(picture.c_str(), &status) != 0) continue;
      const Stamp now{status.st_size, status.st_mtim};
      const auto before = seen_.find(picture);
      if (before != seen_.end() && before->second == now) {
        settled.push_back(picture);
        known_.insert(picture);
      } else {
        seen.emplace(picture, now);
      }
    }
  }
  seen_ = std::move(seen);
  walk_seconds_ = watch.lap() / 1000;
  return settled;
}

}  // namespace saccade
