// Which records of a run its gallery shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/results/report.h"

namespace saccade {

/// Takes all of a run's pictures, or those whose best score is lowest; and the first failures. The
/// run passes twice, first through see(), then, in the same order, through shows(); what is
/// remembered does not grow with it.
class GalleryChoice {
 public:
  GalleryChoice(size_t most_pictures, size_t most_failures);

  void see(const ImageResult& result);
  bool shows(const ImageResult& result);

  uint64_t pictures() const { return pictures_; }  ///< that were seen and are no failures
  uint64_t failures() const { return failures_; }
  float least() const { return least_; }        ///< of the best scores
  float greatest() const { return greatest_; }  ///< likewise

 private:
  void settle();

  uint64_t most_pictures_;
  uint64_t failures_left_;
  std::vector<uint64_t> counts_;  ///< of pictures by their best score, in steps as fine as needed
  bool settled_ = false;
  size_t last_step_ = 0;    ///< of which only some are shown
  uint64_t last_left_ = 0;  ///< so many
  uint64_t pictures_ = 0;
  uint64_t failures_ = 0;
  float least_ = 0;
  float greatest_ = 0;
};

}  // namespace saccade
