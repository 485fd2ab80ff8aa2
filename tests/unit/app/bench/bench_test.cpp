// Tests of `saccade bench`: options, percentiles, assignment of primitives to layers.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "app/bench/bench_options.h"
#include "app/bench/bench_report.h"
#include "app/bench/time_summary.h"
#include "app/system/machine.h"
#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

BenchOptions parse(const std::vector<std::string>& arguments) {
  return bench_options(parse_arguments(bench_command(), arguments));
}

TEST(BenchOptions, Defaults) {
  const BenchOptions options = parse({});
  EXPECT_FALSE(options.model);
  EXPECT_FALSE(options.arch);
  EXPECT_EQ(options.batches, (std::vector<int64_t>{1, 8}));
  EXPECT_FALSE(options.threads);
  EXPECT_EQ(options.streams, 1);
  EXPECT_EQ(options.seconds, 10);
  EXPECT_FALSE(options.json);
  EXPECT_FALSE(options.profile);
  EXPECT_FALSE(options.on_request);
  EXPECT_FALSE(options.quiet);
}

TEST(BenchOptions, EveryOptionArrives) {
  const BenchOptions options =
      parse({"--arch", "vit_tiny_patch16_224", "-b", "3", "--threads", "4", "--streams", "2",
             "--seconds", "0.5", "--format", "json", "--profile", "--on-request", "-q"});
  EXPECT_EQ(options.arch, "vit_tiny_patch16_224");
  EXPECT_EQ(options.batches, (std::vector<int64_t>{3}));
  EXPECT_EQ(options.threads, 4);
  EXPECT_EQ(options.streams, 2);
  EXPECT_EQ(options.seconds, 0.5);
  EXPECT_TRUE(options.json);
  EXPECT_TRUE(options.profile);
  EXPECT_TRUE(options.on_request);
  EXPECT_TRUE(options.quiet);
  EXPECT_EQ(parse({"-m", "folder"}).model, "folder");
  EXPECT_EQ(parse({"-b", "16,1,4"}).batches, (std::vector<int64_t>{16, 1, 4}));
}

TEST(BenchOptions, BadValuesAreRefused) {
  const auto refuse = [](const std::vector<std::string>& arguments, const std::string& fact) {
    expect_error<UsageError>([&] { parse(arguments); }, {fact});
  };
  for (const char* sizes : {"0", "1,", "", "1,x", "-1", "1025", "1.5"}) {
    refuse({"-b", sizes}, "--batch-sizes");
  }
  refuse({"--streams", "0"}, "--streams");
  refuse({"--streams", "3", "--threads", "2"}, "--threads is 2");
  refuse({"--seconds", "-1"}, "--seconds");
  refuse({"--seconds", "nan"}, "--seconds");
  refuse({"--format", "csv"}, "text, json");
  refuse({"--arch", "resnet50"}, "vit_base_patch16_224");
  refuse({"--arch", "vit_tiny_patch16_224", "-m", "folder"}, "--arch");
  refuse({"--on-request"}, "single batch size");
  refuse({"cat.png"}, "cat.png");
}

TEST(TimeSummary, TakesTheNearestRank) {
  std::vector<double> hundred;
  for (int i = 0; i < 100; ++i) hundred.push_back((i * 37) % 100 + 1);  // 1 ... 100, shuffled
  const TimeSummary summary = summarize(hundred);
  EXPECT_EQ(summary.count, 100u);
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.median, 50);
  EXPECT_EQ(summary.p90, 90);
  EXPECT_EQ(summary.p99, 99);
}

TEST(TimeSummary, OfFew) {
  const TimeSummary one = summarize({7});
  EXPECT_EQ(one.min, 7);
  EXPECT_EQ(one.median, 7);
  EXPECT_EQ(one.p99, 7);
  const TimeSummary three = summarize({3, 1, 2});
  EXPECT_EQ(three.median, 2);
  EXPECT_EQ(three.p90, 3);
  EXPECT_THROW(summarize({}), std::invalid_argument);
}

TEST(LayerCosts, FindThePrimitivesOfEveryKind) {
  LayerTimes seconds{};
  seconds[size_t(LayerKind::fc1)] = 0.25;
  const std::vector<LayerCost> costs =
      layer_costs(seconds, {{"patch_embed.proj [4, 12] -> [4, 8]", "a"},
                            {"attn [5, 5] q k^T", "b"},
                            {"attn [5, 5] probs v", "c"},
                            {"blocks.0.attn.qkv [5, 8] -> [5, 24]", "e"},
                            {"blocks.1.attn.qkv [5, 8] -> [5, 24]", "f"},
                            {"blocks.11.attn.proj [5, 8] -> [5, 8]", "g"},
                            {"blocks.0.mlp.fc1 [5, 8] -> [5, 32]", "h"},
                            {"blocks.1.mlp.fc1 [5, 8] -> [5, 32]", "h"},
                            {"blocks.0.mlp.fc2 [5, 32] -> [5, 8]", "i"},
                            {"cls_classifier [1, 8] -> [1, 3]", "j"}});
  std::string output;
  for (const LayerCost& cost : costs) {
    output += cost.layer + ":";
    for (const std::string& implementation : cost.implementations) output += implementation;
    output += " ";
  }
  EXPECT_EQ(output, "patch_embed:a norm: qkv:ef attention:bc proj:g fc1:h fc2:i head:j ");
  EXPECT_EQ(costs[size_t(LayerKind::fc1)].ms, 250);
}

TEST(Machine, SaysWhatLinuxSays) {
  EXPECT_FALSE(cpu_name().empty());
  EXPECT_GT(status_bytes("VmRSS"), 1'000'000u);
  EXPECT_GE(status_bytes("VmHWM"), status_bytes("VmRSS"));
  EXPECT_EQ(status_bytes("VmNo"), 0u);
}

}  // namespace
}  // namespace saccade
