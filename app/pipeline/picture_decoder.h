// Decodes pictures within limits of memory and time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/pipeline/decoding_threads.h"
#include "app/pipeline/memory_budget.h"
#include "vision/decode/image_file.h"

namespace saccade {

struct DecoderLimits {
  uint64_t memory = 0;                            ///< bytes, of all pictures at a time
  uint64_t max_pixels = 0;                        ///< of a picture
  std::optional<std::chrono::seconds> time = {};  ///< of a picture; nullopt for no limit
};

class PictureDecoder {
 public:
  /// Once stopped() is true, decoding ends within about a second.
  PictureDecoder(const DecoderLimits& limits, std::function<bool()> stopped);

  /// Reads and decodes the file, which may take `memory` bytes.
  using Decode = std::function<void(const ImageFile& file, uint64_t memory)>;

  /// Opens `file`, waits until the memory that its header asks for is free, and runs `decode` on
  /// another thread. If that takes too long, it is left to itself, with the memory it holds, and
  /// must own what it uses. Throws ImageError, which names the file; Interrupted if stopped; what
  /// `decode` throws. Thread-safe.
  void run(const std::string& file, Decode decode);

  /// Bytes for decoding.
  uint64_t memory() const { return budget_->limit(); }

 private:
  DecoderLimits limits_;
  std::shared_ptr<MemoryBudget> budget_;  ///< shared with what was left to itself
  DecodingThreads threads_;
};

}  // namespace saccade
