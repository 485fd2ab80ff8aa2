#include "app/pipeline/picture_decoder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using std::chrono::seconds;
using test::expect_error;
using test::TempDir;
using Outcome = DecodingThreads::Outcome;

TEST(DecodingThreads, RunWorkAndThrowWhatItThrows) {
  DecodingThreads threads(seconds(60), {});
  int done = 0;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(threads.run([&] { ++done; }), Outcome::done);
  EXPECT_EQ(done, 100);
  EXPECT_THROW(threads.run([] { throw std::out_of_range("x"); }), std::out_of_range);
  EXPECT_EQ(threads.run([&] { ++done; }), Outcome::done);
}

TEST(DecodingThreads, SeveralAtATime) {
  DecodingThreads threads(std::nullopt, {});
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        for (int round = 0; round < 50; ++round) threads.run([&] { ++done; });
      });
    }
  }
  EXPECT_EQ(done, 400);
}

TEST(DecodingThreads, LeaveLateWorkBehind) {
  const auto finish = std::make_shared<std::promise<void>>();
  const auto finished = std::make_shared<std::promise<void>>();
  {
    DecodingThreads threads(seconds(1), {});
    EXPECT_EQ(threads.run([finish, finished] {
      finish->get_future().wait();
      finished->set_value();
    }),
              Outcome::late);
    EXPECT_EQ(threads.run([] {}), Outcome::done);
  }
  EXPECT_TRUE(threads_left_behind());
  finish->set_value();
  finished->get_future().wait();
}

TEST(DecodingThreads, StopWithinAboutASecond) {
  const auto finish = std::make_shared<std::promise<void>>();
  std::atomic<bool> stop = false;
  DecodingThreads threads(std::nullopt, [&] { return stop.load(); });
  const std::jthread stopper([&] { stop = true; });
  EXPECT_EQ(threads.run([finish] { finish->get_future().wait(); }), Outcome::stopped);
  finish->set_value();
}

TEST(PictureDecoder, KeepsTheMemoryOfWhatItLeavesBehind) {
  const TempDir folder;
  const auto file = folder.write("a.ppm", "P6\n1000 1000\n255\n").string();  // about 11 MB
  PictureDecoder decoder({20 << 20, 100'000'000, seconds(1)}, {});
  const auto finish = std::make_shared<std::promise<void>>();
  expect_error<ImageError>(
      [&] {
        decoder.run(file, [finish](const ImageFile&, uint64_t) { finish->get_future().wait(); });
      },
      {"a.ppm: took longer than 1 s to decode", "--picture-timeout"});
  expect_error<ImageError>(
      [&] { decoder.run(file, [](const ImageFile&, uint64_t) {}); },
      {"a.ppm", "decoding may need 11 MiB", "still hold 10 of 20", "--max-memory"});
  finish->set_value();
  for (bool done = false; !done;) {  // until the memory is given back
    try {
      decoder.run(file, [&](const ImageFile&, uint64_t bytes) { done = bytes > 11'000'000; });
    } catch (const ImageError&) {
      std::this_thread::yield();
    }
  }
}

TEST(PictureDecoder, WaitsForNoMemoryOnceStopped) {
  const TempDir folder;
  const auto file = folder.write("a.ppm", "P6\n1000 1000\n255\n").string();
  std::atomic<bool> stop = false;
  PictureDecoder decoder({20 << 20, 100'000'000, std::nullopt}, [&] { return stop.load(); });
  const auto finish = std::make_shared<std::promise<void>>();
  std::atomic<bool> begun = false;
  const auto run = [&](const PictureDecoder::Decode& decode) {
    EXPECT_THROW(decoder.run(file, decode), Interrupted);
  };
  std::jthread first([&] {
    run([&begun, finish](const ImageFile&, uint64_t) {
      begun = true;
      finish->get_future().wait();
    });
  });
  while (!begun) std::this_thread::yield();
  std::jthread second([&] { run([](const ImageFile&, uint64_t) {}); });
  stop = true;
  first.join();
  second.join();
  finish->set_value();
}

}  // namespace
}  // namespace saccade
