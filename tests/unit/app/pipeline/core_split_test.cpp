#include "app/pipeline/core_split.h"

#include <gtest/gtest.h>

#include "app/system/cpu_count.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

Checkpoint small_model() { return open_checkpoint(source_path("tests/golden/cases/vit_hf")); }

TEST(CoreSplit, GivesEachCpuAStreamWhereThereAreEnoughPictures) {
  const Checkpoint checkpoint = small_model();
  SplitWishes wishes;
  wishes.threads = 4;
  wishes.max_memory = uint64_t{4} << 30;
  const CoreSplit many = split_cores(wishes, checkpoint, 100'000);
  EXPECT_EQ(many.streams, 4);
  EXPECT_EQ(many.threads_each, 1);
  EXPECT_GT(many.batch_size, 1);
  const CoreSplit eight = split_cores(wishes, checkpoint, 8);
  EXPECT_EQ(eight.streams, 4);
  EXPECT_EQ(eight.batch_size, 2);  // nobody waits while another has all
  const CoreSplit one = split_cores(wishes, checkpoint, 1);
  EXPECT_EQ(one.streams, 1);
  EXPECT_EQ(one.threads_each, 4);
  EXPECT_EQ(split_cores(wishes, checkpoint, 0).streams, 1);
}

TEST(CoreSplit, ObeysWishes) {
  const Checkpoint checkpoint = small_model();
  const SplitWishes wishes{8, 2, 3, 5, uint64_t{1} << 30};
  const CoreSplit split = split_cores(wishes, checkpoint, 1000);
  EXPECT_EQ(split.streams, 2);
  EXPECT_EQ(split.threads_each, 4);
  EXPECT_EQ(split.decode_threads, 3);
  EXPECT_EQ(split.batch_size, 5);
  EXPECT_EQ(split.max_memory, uint64_t{1} << 30);
  EXPECT_EQ(split_cores({}, checkpoint, 1000).decode_threads, usable_cpus());
}

TEST(CoreSplit, TakesFewerStreamsWhereMemoryIsShort) {
  const Checkpoint checkpoint = small_model();
  SplitWishes wishes;
  wishes.threads = 64;
  wishes.max_memory = uint64_t{66} << 20;
  const CoreSplit split = split_cores(wishes, checkpoint, 1'000'000);
  EXPECT_LT(split.streams, 64);
  EXPECT_GE(split.streams, 1);
  EXPECT_EQ(split.threads_each, 64 / split.streams);
}

TEST(CoreSplit, SaysHowMuchMemoryIsWanted) {
  const Checkpoint checkpoint = small_model();
  CoreSplit split;
  split.max_memory = 1 << 20;
  expect_error<UsageError>([&] { memory_for_decoding(split, checkpoint); },
                           {"--max-memory: 1 MiB are too few", "at least "});
  split.max_memory = uint64_t{64} << 30;
  EXPECT_LT(memory_for_decoding(split, checkpoint), split.max_memory);
}

}  // namespace
}  // namespace saccade
