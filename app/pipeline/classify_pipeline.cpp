#include "app/pipeline/classify_pipeline.h"

#include <fmt/format.h>
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/flow_graph.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <tuple>
#include <utility>

#include "app/cli/interruption.h"
#include "app/cli/messages.h"
#include "app/cli/stopwatch.h"
#include "app/pipeline/batch_classifier.h"
#include "app/pipeline/picture_decoder.h"
#include "app/pipeline/pipeline_item.h"
#include "app/pipeline/task_threads.h"
#include "app/predict/precision_option.h"
#include "app/predict/prepared_picture.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace flow = oneapi::tbb::flow;

/// Pictures that go through the model together, including failed ones in between.
struct Batch {
  size_t number = 0;
  std::vector<PipelineItem*> pictures;
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

class ClassifyPipeline::Impl {
 public:
  Impl(const Checkpoint& checkpoint, const PredictionOptions& options, const ResourcePlan& plan,
       const MapRequest* maps)
      : checkpoint_(checkpoint),
        options_(options),
        plan_(plan),
        maps_(maps),
        pictures_(plan.pictures_ahead() + 1) {
    make_streams();
    decoder_ =
        std::make_unique<PictureDecoder>(DecoderLimits{memory_for_decoding(plan_, checkpoint, maps),
                                                       options.max_pixels, plan_.picture_timeout},
                                         [] { return interrupt_signal() != 0; });
    if (plan_.max_memory > plan.max_memory && !options.quiet) {
      print_note(fmt::format(
          "note: memory limit raised from {} to {} MiB, which this model needs; --max-memory sets "
          "it",
          plan.max_memory >> 20, plan_.max_memory >> 20));
    }
    const ImageSize input = checkpoint.input_size();
    const int64_t floats = checkpoint.config.vit.tokens.channels * input.height * input.width;
    floats_ = static_cast<size_t>(floats);
    for (PipelineItem& picture : pictures_) picture.pixels.reserve(floats_);
  }

  void run(const PipelineJob& job) {
    job_ = &job;
    begun_ = 0;
    batches_ = 0;
    stopped_ = false;
    // Threads are not bound to reading or classifying; each takes the next task.
    TaskThreads threads(std::max(plan_.decode_threads, plan_.streams));
    threads.run([this] { run_graph(); });
  }

  uint64_t decoding_memory() const { return decoder_->memory(); }
  uint64_t max_memory() const { return plan_.max_memory; }

  PipelineStats stats() const {
    return {streams_.front()->context().primitives(), reading_.seconds(), classifying_.seconds()};
  }

 private:
  void make_streams() {
    set_compute_threads(plan_.threads_each);
    const bool gradients = maps_ && maps_->wants_gradients();
    const auto model =
        make_model(checkpoint_, options_.precision, gradients, {options_.quiet, options_.verbose});
    for (int i = 0; i < plan_.streams; ++i) add_stream(model);
  }

  void add_stream(const std::shared_ptr<const VisionTransformer>& model) {
    streams_.push_back(std::make_unique<BatchClassifier>(InferenceContext(model), checkpoint_,
                                                         options_, maps_, plan_.batch_size));
    free_streams_.push(streams_.back().get());
  }

  /// begin -> room -> read -> pictures_in_order -> gather -> classify -> batches_in_order ->
  /// hand_out -> room. The room node bounds the pictures between begin and hand_out.
  struct Graph {
    explicit Graph(Impl& pipeline)
        : begin(graph, [&](auto& control) { return pipeline.begin_next(control); }),
          // `begin` itself holds the next picture, for which there is no room yet.
          room(graph, pipeline.pictures_.size() - 1),
          read(graph, static_cast<size_t>(pipeline.plan_.decode_threads),
               [&](PipelineItem* picture) { return pipeline.read(picture); }),
          pictures_in_order(graph, [](const PipelineItem* picture) { return picture->place; }),
          gather(graph, flow::serial,
                 [&](PipelineItem* picture, auto& ports) {
                   auto batch = pipeline.add_to_batch(picture);
                   if (batch) std::get<0>(ports).try_put(std::move(batch));
                 }),
          classify(
              graph, static_cast<size_t>(pipeline.plan_.streams),
              [&](const BatchPointer& batch) { return pipeline.classify(batch); }, kFirst),
          batches_in_order(graph, [](const BatchPointer& batch) { return batch->number; }),
          hand_out(
              graph, flow::serial,
              [&](const BatchPointer& batch) { return pipeline.hand_out(*batch); }, kFirst) {
      flow::make_edge(begin, room);
      flow::make_edge(room, read);
      flow::make_edge(read, pictures_in_order);
      flow::make_edge(pictures_in_order, gather);
      flow::make_edge(flow::output_port<0>(gather), classify);
      flow::make_edge(classify, batches_in_order);
      flow::make_edge(batches_in_order, hand_out);
      flow::make_edge(hand_out, room.decrementer());
    }

    /// Classifying goes before reading, so that pictures in progress are finished first.
    static constexpr flow::node_priority_t kFirst = 1;

    flow::graph graph;
    flow::input_node<PipelineItem*> begin;
    flow::limiter_node<PipelineItem*, size_t> room;
    flow::function_node<PipelineItem*, PipelineItem*> read;
    flow::sequencer_node<PipelineItem*> pictures_in_order;
    flow::multifunction_node<PipelineItem*, std::tuple<BatchPointer>> gather;
    flow::function_node<BatchPointer, BatchPointer> classify;
    flow::sequencer_node<BatchPointer> batches_in_order;
    flow::function_node<BatchPointer, size_t> hand_out;
  };

  void run_graph() {
    Graph nodes(*this);
    try {
      nodes.begin.activate();
      nodes.graph.wait_for_all();
      if (gathered_) nodes.classify.try_put(std::exchange(gathered_, nullptr));  // the last batch
      nodes.graph.wait_for_all();
    } catch (...) {
      stop(nodes.graph);  // before the nodes go
      throw;
    }
  }

  // Waits for the tasks in progress.
  void stop(flow::graph& graph) {
    stopped_ = true;
    graph.cancel();
    try {
      graph.wait_for_all();
    } catch (...) {
      // The caller throws the first error.
    }
  }

  PipelineItem* begin_next(oneapi::tbb::flow_control& control) {
    if (begun_ == job_->order.size() || stopped_ || interrupt_signal() != 0) {
      control.stop();
      return nullptr;
    }
    // Pictures are handed out in order, so the last user of this item is done.
    PipelineItem& picture = pictures_[begun_ % pictures_.size()];
    picture.place = begun_;
    picture.image = job_->order[begun_];
    picture.result = {job_->images[picture.image], {}, ""};
    picture.maps.clear();
    picture.left_out = false;
    ++begun_;
    return &picture;
  }

  PipelineItem* read(PipelineItem* picture) {
    if (!stopped_) decode(*picture);
    return picture;
  }

  /// What decoding uses, and keeps if it is left to itself.
  struct Preparation {
    PreprocessRecipe recipe;
    PredictionOptions options;
    std::vector<float> pixels;
    SourceRect seen;
  };

  void decode(PipelineItem& picture) {
    Stopwatch watch;
    const auto made = std::make_shared<Preparation>(
        Preparation{checkpoint_.config.recipe, options_, std::move(picture.pixels), {}});
    made->pixels.resize(floats_);
    try {
      decoder_->run(job_->images[picture.image], [made](const ImageFile& file, uint64_t memory) {
        made->seen = prepare_picture(file, made->recipe, made->options, made->pixels, memory).seen;
      });
      picture.pixels = std::move(made->pixels);
      picture.seen = made->seen;
    } catch (const ImageError& error) {
      picture.result.error = error.what();
    } catch (const Interrupted& interrupted) {
      leave_out(picture, interrupted);
    }
    reading_.add(watch.lap());
  }

  static void leave_out(PipelineItem& picture, const Interrupted& interrupted) {
    picture.left_out = true;
    picture.result.error = interrupted.what();  // keeps it away from the model
  }

  /// Adds a picture and returns the batch if it is full: of good pictures, or of twice as many in
  /// all, so that errors appear early.
  BatchPointer add_to_batch(PipelineItem* picture) {
    if (!gathered_) gathered_ = std::make_shared<Batch>(Batch{batches_++, {}, 0});
    gathered_->pictures.push_back(picture);
    if (picture->result.error.empty()) ++gathered_->good;
    const bool full = gathered_->good == plan_.batch_size ||
                      gathered_->pictures.size() >= static_cast<size_t>(2 * plan_.batch_size);
    return full ? std::exchange(gathered_, nullptr) : nullptr;
  }

  BatchPointer classify(const BatchPointer& batch) {
    if (!stopped_) run_model(*batch);
    return batch;
  }

  void run_model(Batch& batch) {
    set_compute_threads(plan_.threads_each);  // per thread: any thread may run this
    Stopwatch watch;
    BatchClassifier* stream = nullptr;
    free_streams_.pop(stream);
    stream->run(batch.pictures);
    free_streams_.push(stream);
    classifying_.add(watch.lap());
    if (!job_->on_classified) return;
    for (PipelineItem* picture : batch.pictures) {
      if (!picture->result.error.empty()) continue;
      try {
        job_->on_classified(*picture, *decoder_);
      } catch (const Interrupted& interrupted) {
        leave_out(*picture, interrupted);
      }
    }
  }

  /// Returns the number of items that are free again.
  size_t hand_out(const Batch& batch) {
    for (PipelineItem* picture : batch.pictures) {
      if (stopped_ || picture->left_out) continue;
      if (!job_->on_result(picture->image, picture->result)) stopped_ = true;
    }
    return batch.pictures.size();
  }

  const Checkpoint& checkpoint_;
  const PredictionOptions& options_;
  ResourcePlan plan_;
  const MapRequest* maps_;
  const PipelineJob* job_ = nullptr;  ///< of the current run
  std::unique_ptr<PictureDecoder> decoder_;
  size_t floats_ = 0;                   ///< of the model's input
  std::vector<PipelineItem> pictures_;  ///< place p uses item p modulo their number
  std::vector<std::unique_ptr<BatchClassifier>> streams_;
  oneapi::tbb::concurrent_bounded_queue<BatchClassifier*> free_streams_;
  size_t begun_ = 0;
  size_t batches_ = 0;     ///< begun so far
  BatchPointer gathered_;  ///< the batch that is not full yet
  std::atomic<bool> stopped_ = false;
  SharedTime reading_, classifying_;
};

ClassifyPipeline::ClassifyPipeline(const Checkpoint& checkpoint, const PredictionOptions& options,
                                   const ResourcePlan& plan, const MapRequest* maps)
    : impl_(std::make_unique<Impl>(checkpoint, options, plan, maps)) {}
ClassifyPipeline::~ClassifyPipeline() = default;

void ClassifyPipeline::run(const PipelineJob& job) { impl_->run(job); }

PipelineStats ClassifyPipeline::stats() const { return impl_->stats(); }

uint64_t ClassifyPipeline::decoding_memory() const { return impl_->decoding_memory(); }

uint64_t ClassifyPipeline::max_memory() const { return impl_->max_memory(); }

}  // namespace saccade
