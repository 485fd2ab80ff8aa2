// Finds pictures that appear in folders during a run.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "app/inputs/picture_tree.h"

namespace saccade {

/// Polls folders, which works on every file system, including network file systems. A picture is
/// reported once it has not changed from one walk to the next, because it may still be being
/// written.
class NewPictures {
 public:
  /// Pictures in `known` are not reported.
  NewPictures(std::vector<std::string> folders, TreeOptions options,
              const std::vector<std::string>& known);

  /// Waits for one second or ten times the duration of the last walk, whichever is longer, and
  /// walks the folders. Returns the new pictures, in the folders' natural order; none if a signal
  /// was received.
  std::vector<std::string> next();

 private:
  /// File attributes that change when a file is written.
  struct Stamp {
    off_t size = 0;
    timespec written{};
    bool operator==(const Stamp& other) const {
      return size == other.size && written.tv_sec == other.written.tv_sec &&
             written.tv_nsec == other.written.tv_nsec;
    }
  };

  std::vector<std::string> folders_;
  TreeOptions options_;
  std::unordered_set<std::string> known_;
  std::map<std::string, Stamp> seen_;  ///< seen in one walk, not reported yet
  double walk_seconds_ = 0;
};

}  // namespace saccade
