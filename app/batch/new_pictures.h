// Pictures that appear in folders while a run goes on.
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

/// Walks folders again and again, which works on every file system, over a network too. A picture
/// counts once it has stayed the same from one walk to the next: it may still be being written.
class NewPictures {
 public:
  /// Those of `known` are no news.
  NewPictures(std::vector<std::string> folders, TreeOptions options,
              const std::vector<std::string>& known);

  /// Waits a second, or ten times as long as the last walk took, and walks. Returns what is new, in
  /// the folders' natural order; nothing where a signal was noted meanwhile.
  std::vector<std::string> next();

 private:
  /// What changes when a file is written.
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
  std::map<std::string, Stamp> seen_;  ///< once, and not known yet
  double walk_seconds_ = 0;
};

}  // namespace saccade
