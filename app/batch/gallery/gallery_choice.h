// Selects the records of a run that its gallery shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/results/report.h"

namespace saccade {

/// Selects all of a run's pictures or those whose best score is lowest, and the first failures. The
/// run's records must be passed twice, first to count(), then, in the same order, to shows().
/// Memory use does not depend on the run's size.
class GalleryChoice {
 public:
  GalleryChoice(size_t most_pictures, size_t most_failures);

  void count(const ImageResult& result);
  bool shows(const ImageResult& result);

  uint64_t pictures() const { return pictures_; }  ///< number seen, without failures
  uint64_t failures() const { return failures_; }
  float least() const { return least_; }        ///< lowest best score
  float greatest() const { return greatest_; }  ///< greatest best score

 private:
  void find_cutoff();

  uint64_t most_pictures_;
  uint64_t failures_left_;
  std::vector<uint64_t> counts_;  ///< number of pictures by the step of their best score
  bool cutoff_known_ = false;
  size_t last_step_ = 0;    ///< the last step shown, possibly only in part
  uint64_t last_left_ = 0;  ///< number of pictures of last_step_ still to show
  uint64_t pictures_ = 0;
  uint64_t failures_ = 0;
  float least_ = 0;
  float greatest_ = 0;
};

}  // namespace saccade
