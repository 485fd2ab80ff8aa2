#include "app/picture_stream.h"

#include "app/decoding_cost.h"
#include "app/prepared_picture.h"
#include "weights/errors.h"

namespace saccade {
namespace {

using oneapi::tbb::global_control;

}  // namespace

PictureStream::PictureStream(const std::vector<std::string>& images,
                             const std::vector<size_t>& order, const Checkpoint& checkpoint,
                             const PredictionOptions& options, ByteBudget& budget, int threads,
                             size_t ahead)
    : images_(images),
      order_(order),
      checkpoint_(checkpoint),
      options_(options),
      budget_(budget),
      slots_(ahead),
      // The thread that takes pictures counts as one, though it prepares none.
      allowance_(global_control::max_allowed_parallelism, static_cast<size_t>(threads) + 1),
      arena_(threads, 0) {
  const ImageSize input = checkpoint.input_size();
  const int64_t floats = checkpoint.config.vit.channels * input.height * input.width;
  for (Slot& slot : slots_) slot.picture.pixels.resize(static_cast<size_t>(floats));
}

PictureStream::~PictureStream() { tasks_.wait(); }

const ReadyPicture* PictureStream::next() {
  begin_more();
  if (handed_out_ == begun_) return nullptr;
  Slot& slot = slots_[handed_out_ % slots_.size()];
  while (!slot.done) await_one();
  ++handed_out_;
  if (slot.fault) std::rethrow_exception(slot.fault);
  return &slot.picture;
}

void PictureStream::begin_more() {
  while (!stopped_ && begun_ < order_.size() && begun_ < handed_out_ + slots_.size()) {
    const size_t place = begun_ % slots_.size();
    Slot& slot = slots_[place];
    slot.done = false;
    slot.fault = nullptr;
    slot.picture.image = order_[begun_];
    slot.picture.error.clear();
    ++begun_;
    arena_.enqueue(tasks_.defer([this, place] {
      prepare(slots_[place]);
      finished_.push(place);
    }));
  }
}

void PictureStream::prepare(Slot& slot) {
  try {
    const std::string& file = images_[slot.picture.image];
    const ByteBudget::Share share(budget_, decoding_bytes(file, options_.max_pixels, budget_));
    prepare_picture(file, checkpoint_.config.recipe, options_, slot.picture.pixels);
  } catch (const ImageError& error) {
    slot.picture.error = error.what();
  } catch (...) {
    slot.fault = std::current_exception();
  }
}

void PictureStream::await_one() {
  size_t place = 0;
  finished_.pop(place);
  slots_[place].done = true;
}

}  // namespace saccade
