#include "app/pipeline/resource_plan.h"

#include <gtest/gtest.h>

#include "app/system/resource_limits.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

Checkpoint small_model() { return open_checkpoint(source_path("tests/golden/cases/vit_hf")); }

TEST(ResourcePlan, GivesEachCpuAStreamWhereThereAreEnoughPictures) {
  const Checkpoint checkpoint = small_model();
  ResourceRequest request;
  request.threads = 4;
  request.max_memory = uint64_t{4} << 30;
  const ResourcePlan many = plan_resources(request, checkpoint, 100'000);
  EXPECT_EQ(many.streams, 4);
  EXPECT_EQ(many.threads_each, 1);
  EXPECT_GT(many.batch_size, 1);
  const ResourcePlan eight = plan_resources(request, checkpoint, 8);
  EXPECT_EQ(eight.streams, 4);
  EXPECT_EQ(eight.batch_size, 2);  // all streams get pictures
  const ResourcePlan one = plan_resources(request, checkpoint, 1);
  EXPECT_EQ(one.streams, 1);
  EXPECT_EQ(one.threads_each, 4);
  EXPECT_EQ(plan_resources(request, checkpoint, 0).streams, 1);
}

TEST(ResourcePlan, FollowsTheRequest) {
  const Checkpoint checkpoint = small_model();
  const ResourceRequest request{8, 2, 3, 5, uint64_t{1} << 30};
  const ResourcePlan plan = plan_resources(request, checkpoint, 1000);
  EXPECT_EQ(plan.streams, 2);
  EXPECT_EQ(plan.threads_each, 4);
  EXPECT_EQ(plan.decode_threads, 3);
  EXPECT_EQ(plan.batch_size, 5);
  EXPECT_EQ(plan.max_memory, uint64_t{1} << 30);
  EXPECT_EQ(plan_resources({}, checkpoint, 1000).decode_threads, usable_cpus());
}

TEST(ResourcePlan, TakesFewerStreamsWhereMemoryIsShort) {
  const Checkpoint checkpoint = small_model();
  ResourceRequest request;
  request.threads = 64;
  request.max_memory = uint64_t{66} << 20;
  const ResourcePlan plan = plan_resources(request, checkpoint, 1'000'000);
  EXPECT_LT(plan.streams, 64);
  EXPECT_GE(plan.streams, 1);
  EXPECT_EQ(plan.threads_each, 64 / plan.streams);
}

TEST(ResourcePlan, SaysHowMuchMemoryIsWanted) {
  const Checkpoint checkpoint = small_model();
  ResourcePlan plan;
  plan.max_memory_given = true;
  plan.max_memory = 1 << 20;
  expect_error<UsageError>([&] { memory_for_decoding(plan, checkpoint); },
                           {"--max-memory: 1 MiB are too few", "at least "});
  plan.max_memory = uint64_t{64} << 30;
  EXPECT_LT(memory_for_decoding(plan, checkpoint), plan.max_memory);
}

TEST(ResourcePlan, AShareThatIsTooSmallIsRaised) {
  const Checkpoint checkpoint = small_model();
  ResourcePlan plan;
  plan.max_memory = 1 << 20;
  plan.machine_memory = uint64_t{64} << 30;
  EXPECT_EQ(memory_for_decoding(plan, checkpoint), uint64_t{64} << 20);
  EXPECT_GT(plan.max_memory, uint64_t{64} << 20);
  plan.max_memory = 1 << 20;
  plan.machine_memory = 2 << 20;
  expect_error<SystemError>([&] { memory_for_decoding(plan, checkpoint); },
                            {"this model needs", "control group has 2", "--precision int8"});
}

}  // namespace
}  // namespace saccade
