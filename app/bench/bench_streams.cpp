#include "app/bench/bench_streams.h"

#include <fmt/format.h>

#include <array>
#include <barrier>
#include <chrono>
#include <future>
#include <system_error>
#include <utility>

#include "app/bench/time_summary.h"
#include "model/kernels/reference_products.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Runs `work` once without timing it, then times runs until `seconds` have passed, at least
/// `least` times.
template <typename Work>
void turn(const Work& work, double seconds, int least, std::vector<double>& times) {
  work();
  const auto start = Clock::now();
  for (int i = 0; i < least || seconds_since(start) < seconds; ++i) {
    const auto begin = Clock::now();
    work();
    times.push_back(seconds_since(begin));
  }
}

/// Combines the times of all streams.
StreamTimes sum(const std::vector<std::vector<double>>& passes, int64_t batch) {
  StreamTimes times;
  for (const std::vector<double>& one : passes) {
    times.passes.insert(times.passes.end(), one.begin(), one.end());
    times.images_per_second += double(batch) / summarize(one).median;
  }
  return times;
}

}  // namespace

BenchStreams::BenchStreams(std::shared_ptr<const VisionTransformer> model,
                           const VitDescription& vit, ImageSize input, int streams,
                           int threads_each)
    : model_(std::move(model)), vit_(vit), input_(input), threads_each_(threads_each) {
  streams_.reserve(size_t(streams));
  while (streams_.size() < size_t(streams)) streams_.push_back({InferenceContext(model_)});
}

// Stream 0 runs on the calling thread, whose workers have existed since the model was made; each
// further stream has a thread with workers of its own.
void BenchStreams::run_all(const Work& work) {
  // No stream begins before all have their threads: they may wait for each other.
  std::promise<bool> begin;
  const std::shared_future<bool> begun = begin.get_future().share();
  std::vector<std::future<void>> others;
  try {
    for (size_t i = 1; i < streams_.size(); ++i) {
      others.push_back(std::async(std::launch::async, [this, &work, begun, i] {
        if (!begun.get()) return;
        set_compute_threads(threads_each_);
        work(streams_[i], i);
      }));
    }
  } catch (const std::system_error& error) {
    begin.set_value(false);
    throw SystemError(
        fmt::format("cannot start a thread for each of {} streams: {}; give fewer --streams",
                    streams_.size(), error.code().message()));
  }
  begin.set_value(true);
  work(streams_.front(), 0);
  for (std::future<void>& other : others) other.get();
}

std::vector<float> BenchStreams::noise(int64_t batch) const {
  std::vector<float> pixels(size_t(batch * vit_.tokens.channels * input_.height * input_.width));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = float(i * 2654435761u % 4096) / 2048 - 1;
  return pixels;
}

void BenchStreams::set_input(int64_t batch) {
  pixels_ = noise(batch);
  for (Stream& stream : streams_) stream.logits.resize(size_t(batch * vit_.head.classes));
}

void BenchStreams::forward(Stream& stream, int64_t batch) {
  stream.context.forward(pixels_, batch, stream.logits);
}

void BenchStreams::warm_up(int64_t batch) {
  set_input(batch);
  run_all([&](Stream& stream, size_t) { forward(stream, batch); });
}

StreamTimes BenchStreams::compare(int64_t batch, double seconds) {
  constexpr double kTurnSeconds = 0.1;  // seconds
  constexpr int kMinRuns = 3;           // timed runs per turn
  set_input(batch);
  std::vector<ReferenceProducts> products;
  for (size_t i = 0; i < streams_.size(); ++i)
    products.emplace_back(batch * vit_.tokens.count(input_), model_->precision());
  std::vector<std::vector<double>> passes(streams_.size()), product_times(streams_.size());

  bool begun = false, over = false;
  const auto start = Clock::now();
  std::barrier barrier(std::ptrdiff_t(streams_.size()), [&]() noexcept {
    over = std::exchange(begun, true) && seconds_since(start) >= seconds;
  });
  run_all([&](Stream& stream, size_t i) {
    try {
      for (;;) {
        barrier.arrive_and_wait();
        if (over) return;
        turn([&] { products[i].run(); }, kTurnSeconds, kMinRuns, product_times[i]);
        barrier.arrive_and_wait();
        turn([&] { forward(stream, batch); }, kTurnSeconds, kMinRuns, passes[i]);
      }
    } catch (...) {
      barrier.arrive_and_drop();  // the others go on without this stream
      throw;
    }
  });

  StreamTimes times = sum(passes, batch);
  for (size_t i = 0; i < streams_.size(); ++i) {
    times.reference_flops_per_second += products[i].flops() / summarize(product_times[i]).median;
  }
  return times;
}

StreamTimes BenchStreams::repeat(int64_t batch, double seconds) {
  set_input(batch);
  std::vector<std::vector<double>> passes(streams_.size());
  run_all([&](Stream& stream, size_t i) {
    turn([&] { forward(stream, batch); }, seconds, 1, passes[i]);
  });
  return sum(passes, batch);
}

BenchStreams::Profile BenchStreams::profile(int64_t batch, double seconds) const {
  InferenceContext context(model_);  // without primitives of other batch sizes
  const std::vector<float> pixels = noise(batch);
  std::vector<float> logits(size_t(batch * vit_.head.classes));
  context.forward(pixels, batch, logits);
  std::array<std::vector<double>, kLayerKinds> times;
  const auto start = Clock::now();
  do {
    const LayerTimes pass = context.profile(pixels, batch, logits);
    for (size_t kind = 0; kind < kLayerKinds; ++kind) times[kind].push_back(pass[kind]);
  } while (seconds_since(start) < seconds);
  Profile profile;
  for (size_t kind = 0; kind < kLayerKinds; ++kind) {
    profile.seconds[kind] = summarize(std::move(times[kind])).median;
  }
  profile.primitives = context.primitives();
  return profile;
}

}  // namespace saccade
