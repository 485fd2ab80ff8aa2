#include "app/batch/gallery/gallery_choice.h"

#include <algorithm>
#include <bit>

namespace saccade {
namespace {

constexpr size_t kSteps = 1 << 16;

/// Maps the best score to a step from 0 to kSteps - 1, monotonically: the upper half of the float's
/// bits, arranged so that they sort as the floats do. A picture without a prediction has step 0.
size_t step_of(const ImageResult& result) {
  if (result.predictions.empty()) return 0;
  const auto bits = std::bit_cast<uint32_t>(result.predictions.front().score);
  const bool negative = (bits >> 31) != 0;
  return (negative ? ~bits : bits | 0x80000000u) >> 16;
}

}  // namespace

GalleryChoice::GalleryChoice(size_t most_pictures, size_t most_failures)
    : most_pictures_(most_pictures), failures_left_(most_failures), counts_(kSteps) {}

void GalleryChoice::count(const ImageResult& result) {
  if (!result.error.empty()) {
    ++failures_;
    return;
  }
  ++pictures_;
  ++counts_[step_of(result)];
  if (result.predictions.empty()) return;
  const float score = result.predictions.front().score;
  const bool first = pictures_ - counts_[0] == 1;
  least_ = first ? score : std::min(least_, score);
  greatest_ = first ? score : std::max(greatest_, score);
}

void GalleryChoice::find_cutoff() {
  cutoff_known_ = true;
  uint64_t left = most_pictures_;
  while (last_step_ < kSteps && counts_[last_step_] <= left) left -= counts_[last_step_++];
  last_left_ = left;
}

bool GalleryChoice::shows(const ImageResult& result) {
  if (!result.error.empty()) return failures_left_ > 0 && failures_left_-- > 0;
  if (!cutoff_known_) find_cutoff();
  const size_t step = step_of(result);
  if (step != last_step_) return step < last_step_;
  return last_left_ > 0 && last_left_-- > 0;
}

}  // namespace saccade
