// Accuracy of real checkpoints on photographs with known classes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/saccade_program.h"

namespace saccade::test {
namespace {

void expect_accuracy(const std::string& model, int top1, int top5) {
  SACCADE_NEED_SHARED("images/imagenet/labels.tsv");
  SACCADE_NEED_SHARED("models/" + model);
  const ProcessResult result =
      run_saccade({"evaluate", shared_path("images/imagenet/labels.tsv").string(), "-m",
                   shared_path("models/" + model).string(), "--format", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["pictures"], 200);
  EXPECT_EQ(report["classes_by"], "index");
  EXPECT_EQ(report["top1"]["correct"], top1);
  EXPECT_EQ(report["topk"]["correct"], top5);
}

// Expected values from timm and transformers.
TEST(Evaluate, DeitIsAsAccurateAsTheReference) {
  expect_accuracy("deit-tiny-patch16-224", 161, 190);
}

TEST(Evaluate, VitIsAsAccurateAsTheReference) {
  expect_accuracy("vit_tiny_patch16_224.timm", 163, 192);
}

}  // namespace
}  // namespace saccade::test
