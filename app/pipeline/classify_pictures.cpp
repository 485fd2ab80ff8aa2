#include "app/pipeline/classify_pictures.h"

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <tuple>
#include <utility>

#include "app/cli/interruption.h"
#include "app/cli/stopwatch.h"
#include "app/pipeline/batch_classifier.h"
#include "app/pipeline/byte_budget.h"
#include "app/pipeline/decoding_cost.h"
#include "app/pipeline/ready_picture.h"
#include "app/predict/precision_option.h"
#include "app/predict/prepared_picture.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace flow = oneapi::tbb::flow;

/// Pictures that go through the model together, and those between them that failed.
struct Batch {
  size_t number = 0;
  std::vector<ReadyPicture*> pictures;
  int64_t good = 0;
};
using BatchPointer = std::shared_ptr<Batch>;

/// Milliseconds that several threads add to.
class SharedTime {
 public:
  void add(double milliseconds) { microseconds_ += static_cast<int64_t>(milliseconds * 1000); }
  double seconds() const { return static_cast<double>(microseconds_) / 1e6; }

 private:
  std::atomic<int64_t> microseconds_ = 0;
};

}  // namespace

class PictureClassifier::Impl {
 public:
  Impl(const Checkpoint& checkpoint, const PredictionOptions& options, const CoreSplit& split,
       const MapRequest* maps)
      : checkpoint_(checkpoint),
        options_(options),
        split_(split),
        maps_(maps),
        pictures_(split.pictures_ahead() + 1) {
    make_streams();
    budget_ = std::make_unique<ByteBudget>(memory_for_decoding(split, checkpoint, maps));
    const ImageSize input = checkpoint.input_size();
    const int64_t floats = checkpoint.config.vit.tokens.channels * input.height * input.width;
    for (ReadyPicture& picture : pictures_) picture.pixels.reserve(static_cast<size_t>(floats));
  }

  void run(const PictureWork& work) {
    work_ = &work;
    begun_ = 0;
    batches_ = 0;
    stopped_ = false;
    // As many threads as there may be readers or streams: whoever is free does what there is.
    const int threads = std::max(split_.decode_threads, split_.streams);
    using oneapi::tbb::global_control;
    const global_control allowance(global_control::max_allowed_parallelism,
                                   static_cast<size_t>(threads));
    oneapi::tbb::task_arena arena(threads);
    arena.execute([this] { run_graph(); });
  }

  uint64_t decoding_memory() const { return budget_->limit(); }

  WorkDone done() const {
    return {streams_.front()->context().primitives(), reading_.seconds(), classifying_.seconds()};
  }

 private:
  void make_streams() {
    set_compute_threads(split_.threads_each);
    const bool gradients = maps_ && maps_->wants_gradients();
    const auto model =
        make_model(checkpoint_, options_.precision, gradients, {options_.quiet, options_.verbose});
    for (int i = 0; i < split_.streams; ++i) add_stream(model);
  }

  void add_stream(const std::shared_ptr<const VisionTransformer>& model) {
    streams_.push_back(std::make_unique<BatchClassifier>(InferenceContext(model), checkpoint_,
                                                         options_, maps_, split_.batch_size));
    free_streams_.push(streams_.back().get());
  }

  /// begin -> room -> read -> in order -> gather -> classify -> in order -> hand out -> room
  void run_graph() {
    constexpr flow::node_priority_t kFirst = 1;  // what is read is finished before more is read
    flow::graph graph;
    flow::input_node<ReadyPicture*> begin(graph,
                                          [this](auto& control) { return begin_next(control); });
    // `begin` holds the picture that comes after those for which there is room.
    flow::limiter_node<ReadyPicture*, size_t> room(graph, pictures_.size() - 1);
    flow::function_node<ReadyPicture*, ReadyPicture*> read(
        graph, static_cast<size_t>(split_.decode_threads), [this](ReadyPicture* picture) {
          this->read(*picture);
          return picture;
        });
    flow::sequencer_node<ReadyPicture*> pictures_in_order(
        graph, [](const ReadyPicture* picture) { return picture->place; });
    using Gather = flow::multifunction_node<ReadyPicture*, std::tuple<BatchPointer>>;
    Gather gather(graph, flow::serial, [this](ReadyPicture* picture, auto& ports) {
      if (auto batch = add_to_batch(picture)) std::get<0>(ports).try_put(std::move(batch));
    });
    flow::function_node<BatchPointer, BatchPointer> classify(
        graph, static_cast<size_t>(split_.streams),
        [this](const BatchPointer& batch) {
          this->classify(*batch);
          return batch;
        },
        kFirst);
    flow::sequencer_node<BatchPointer> batches_in_order(
        graph, [](const BatchPointer& batch) { return batch->number; });
    flow::function_node<BatchPointer, size_t> hand_out(
        graph, flow::serial, [this](const BatchPointer& batch) { return this->hand_out(*batch); },
        kFirst);

    flow::make_edge(begin, room);
    flow::make_edge(room, read);
    flow::make_edge(read, pictures_in_order);
    flow::make_edge(pictures_in_order, gather);
    flow::make_edge(flow::output_port<0>(gather), classify);
    flow::make_edge(classify, batches_in_order);
    flow::make_edge(batches_in_order, hand_out);
    flow::make_edge(hand_out, room.decrementer());
    begin.activate();
    graph.wait_for_all();
    if (gathered_) classify.try_put(std::exchange(gathered_, nullptr));
    graph.wait_for_all();
  }

  ReadyPicture* begin_next(oneapi::tbb::flow_control& control) {
    if (begun_ == work_->order.size() || stopped_ || noted_interruption() != 0) {
      control.stop();
      return nullptr;
    }
    // Handed out in order, so the one that had this place before is done with.
    ReadyPicture& picture = pictures_[begun_ % pictures_.size()];
    picture.place = begun_;
    picture.image = work_->order[begun_];
    picture.result = {work_->images[picture.image], {}, ""};
    picture.maps.clear();
    ++begun_;
    return &picture;
  }

  void read(ReadyPicture& picture) {
    if (stopped_) return;
    Stopwatch watch;
    const std::string& file = work_->images[picture.image];
    try {
      const ByteBudget::Share share(*budget_, decoding_bytes(file, options_.max_pixels, *budget_));
      picture.pixels.resize(picture.pixels.capacity());
      picture.seen =
          prepare_picture(file, checkpoint_.config.recipe, options_, picture.pixels).seen;
    } catch (const ImageError& error) {
      picture.result.error = error.what();
    }
    reading_.add(watch.lap());
  }

  /// A batch when it is full: of good pictures, or of so many in all that some should be told of.
  BatchPointer add_to_batch(ReadyPicture* picture) {
    if (!gathered_) gathered_ = std::make_shared<Batch>(Batch{batches_++, {}, 0});
    gathered_->pictures.push_back(picture);
    if (picture->result.error.empty()) ++gathered_->good;
    const bool full = gathered_->good == split_.batch_size ||
                      gathered_->pictures.size() >= static_cast<size_t>(2 * split_.batch_size);
    return full ? std::exchange(gathered_, nullptr) : nullptr;
  }

  void classify(Batch& batch) {
    if (stopped_) return;
    set_compute_threads(split_.threads_each);  // of this thread: any may come here
    Stopwatch watch;
    BatchClassifier* stream = nullptr;
    free_streams_.pop(stream);
    stream->run(batch.pictures);
    free_streams_.push(stream);
    classifying_.add(watch.lap());
    if (!work_->finish) return;
    for (ReadyPicture* picture : batch.pictures) {
      if (picture->result.error.empty()) work_->finish(*picture, *budget_);
    }
  }

  /// Returns how many pictures' places are free again.
  size_t hand_out(const Batch& batch) {
    for (ReadyPicture* picture : batch.pictures) {
      if (!stopped_ && !work_->take(picture->image, picture->result)) stopped_ = true;
    }
    return batch.pictures.size();
  }

  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  const CoreSplit split_;
  const MapRequest* maps_;
  const PictureWork* work_ = nullptr;  ///< of the run that goes on
  std::unique_ptr<ByteBudget> budget_;
  std::vector<ReadyPicture> pictures_;  ///< place p has number p modulo their number
  std::vector<std::unique_ptr<BatchClassifier>> streams_;
  oneapi::tbb::concurrent_bounded_queue<BatchClassifier*> free_streams_;
  size_t begun_ = 0;
  size_t batches_ = 0;     ///< begun
  BatchPointer gathered_;  ///< not full yet
  std::atomic<bool> stopped_ = false;
  SharedTime reading_, classifying_;
};

PictureClassifier::PictureClassifier(const Checkpoint& checkpoint, const PredictionOptions& options,
                                     const CoreSplit& split, const MapRequest* maps)
    : impl_(std::make_unique<Impl>(checkpoint, options, split, maps)) {}
PictureClassifier::~PictureClassifier() = default;

void PictureClassifier::run(const PictureWork& work) { impl_->run(work); }

WorkDone PictureClassifier::done() const { return impl_->done(); }

uint64_t PictureClassifier::decoding_memory() const { return impl_->decoding_memory(); }

}  // namespace saccade
