#include "app/pipeline/picture_decoder.h"

#include <fmt/format.h>

#include <utility>

#include "app/pipeline/decoding_cost.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

/// What a decoder uses, and keeps if it is left to itself.
struct Decoding {
  Decoding(std::shared_ptr<MemoryBudget> lender, const std::string& path, uint64_t max_pixels,
           const std::function<bool()>& stopped)
      : budget(std::move(lender)),
        file(path),
        bytes(decoding_bytes(file, max_pixels, *budget)),
        share(*budget, bytes, stopped) {}

  std::shared_ptr<MemoryBudget> budget;
  ImageFile file;
  uint64_t bytes;
  MemoryBudget::Reservation share;
};

[[noreturn]] void refuse_for_memory(const Decoding& decoding) {
  throw ImageError(fmt::format(
      "{}: decoding may need {} MiB, but pictures that took too long still hold {} of {}; raise "
      "--max-memory",
      decoding.file.name(), (decoding.bytes >> 20) + 1, decoding.budget->lost() >> 20,
      decoding.budget->limit() >> 20));
}

}  // namespace

PictureDecoder::PictureDecoder(const DecoderLimits& limits, std::function<bool()> stopped)
    : limits_(limits),
      budget_(std::make_shared<MemoryBudget>(limits.memory)),
      threads_(limits.time, std::move(stopped)) {}

void PictureDecoder::run(const std::string& file, Decode decode) {
  const auto stopped = [this] { return threads_.stopped(); };
  const auto decoding = std::make_shared<Decoding>(budget_, file, limits_.max_pixels, stopped);
  if (!decoding->share.has_all()) {
    if (stopped()) throw Interrupted("stopped");
    refuse_for_memory(*decoding);
  }
  const auto outcome = threads_.run(
      [decoding, decode = std::move(decode)] { decode(decoding->file, decoding->bytes); });
  if (outcome == DecodingThreads::Outcome::done) return;
  decoding->share.lose();
  if (outcome == DecodingThreads::Outcome::stopped) throw Interrupted("stopped");
  throw ImageError(
      fmt::format("{}: took longer than {} s to decode; --picture-timeout gives it more time", file,
                  limits_.time->count()));
}

}  // namespace saccade
