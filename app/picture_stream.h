// Pictures made ready for the model by threads of their own, and handed out in order.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#include "app/byte_budget.h"
#include "app/prediction_options.h"
#include "weights/checkpoint.h"

namespace saccade {

struct ReadyPicture {
  size_t image = 0;           ///< its number among the images
  std::vector<float> pixels;  ///< the model's input [3, H, W]
  std::string error;          ///< empty where it went well
};

/// Reads ahead of its user by a bounded number of pictures, whose decoding takes its memory from a
/// budget. Refers to everything it is made from.
class PictureStream {
 public:
  /// Prepares images[i] for every i of `order`, by `threads` threads and at most `ahead` pictures
  /// ahead.
  PictureStream(const std::vector<std::string>& images, const std::vector<size_t>& order,
                const Checkpoint& checkpoint, const PredictionOptions& options, ByteBudget& budget,
                int threads, size_t ahead);
  /// Waits for what is being prepared.
  ~PictureStream();
  PictureStream(const PictureStream&) = delete;
  PictureStream& operator=(const PictureStream&) = delete;

  /// The next picture, valid until the next call; nullptr after the last.
  const ReadyPicture* next();
  /// Begins no more pictures; next() still gives those that were begun.
  void stop() { stopped_ = true; }

 private:
  struct Slot {
    ReadyPicture picture;
    std::exception_ptr fault;  ///< what is not the picture's own
    bool done = false;
  };

  void begin_more();
  void prepare(Slot& slot);
  void await_one();

  const std::vector<std::string>& images_;
  const std::vector<size_t>& order_;
  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  ByteBudget& budget_;
  std::vector<Slot> slots_;  ///< place p of the order has slot p modulo their number
  size_t begun_ = 0;
  size_t handed_out_ = 0;
  bool stopped_ = false;
  oneapi::tbb::concurrent_bounded_queue<size_t> finished_;  ///< slots
  oneapi::tbb::global_control allowance_;
  oneapi::tbb::task_arena arena_;
  oneapi::tbb::task_group tasks_;
};

}  // namespace saccade
