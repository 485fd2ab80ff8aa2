#include "app/attend/picture_batch.h"

#include <utility>

#include "app/predict/prepared_picture.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// Photos stay in memory until their maps are drawn, so a batch of huge photos is cut short.
constexpr size_t kManyPhotoPixels = 64'000'000;

}  // namespace

PictureBatch::PictureBatch(const Checkpoint& checkpoint, const PredictionOptions& options,
                           int64_t limit)
    : checkpoint_(checkpoint), options_(options), limit_(limit) {
  const ImageSize input = checkpoint.input_size();
  image_floats_ =
      static_cast<size_t>(checkpoint.config.vit.tokens.channels * input.height * input.width);
  pixels_.resize(static_cast<size_t>(limit) * image_floats_);
}

size_t PictureBatch::fill(const std::vector<std::string>& images, size_t first) {
  entries_.clear();
  size_ = 0;
  size_t photo_pixels = 0;
  size_t next = first;
  // Failed pictures count too, so that errors of a long list appear early.
  const auto most = static_cast<size_t>(limit_);
  for (; next < images.size() && entries_.size() < most && photo_pixels < kManyPhotoPixels;
       ++next) {
    BatchEntry entry{{next, images[next], {}}, size_, ""};
    const auto slice =
        std::span(pixels_).subspan(static_cast<size_t>(size_) * image_floats_, image_floats_);
    try {
      entry.picture.picture =
          prepare_picture(ImageFile(images[next]), checkpoint_.config.recipe, options_, slice);
      photo_pixels += entry.picture.picture.rgb.total();
      ++size_;
    } catch (const ImageError& error) {
      entry.error = error.what();
    }
    entries_.push_back(std::move(entry));
  }
  return next;
}

std::span<const float> PictureBatch::pixels() const {
  return std::span(pixels_).first(static_cast<size_t>(size_) * image_floats_);
}

}  // namespace saccade
