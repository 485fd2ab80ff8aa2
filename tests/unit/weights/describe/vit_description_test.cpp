// The specs of a vision transformer: what their visitors see, and what they refuse.
#include "weights/describe/vit_description.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saccade {
namespace {

VitDescription tiny_vit() {
  VitDescription vit;
  vit.dim = 8;
  vit.depth = 2;
  vit.tokens.image = {32, 32};
  vit.attention.heads = 2;
  vit.mlp.hidden_dim = 16;
  vit.head.classes = 3;
  vit.head.classifiers = {{"head", 0}};
  return vit;
}

TEST(VitDescription, VisitorsSeeEveryFieldOnce) {
  std::set<std::string_view> names, labels;
  size_t fields = 0;
  tiny_vit().visit([&](const Field& field, const auto&) {
    ++fields;
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_EQ(field.label.empty(), field.group == FieldGroup::none) << field.name;
    EXPECT_EQ(field.what.empty(), field.largest == 0) << field.name;
    const bool repeated = !field.label.empty() && !labels.insert(field.label).second;
    EXPECT_FALSE(repeated) << field.label;
  });
  EXPECT_EQ(fields, 43u);
}

TEST(VitDescription, IntegersHaveLimits) {
  EXPECT_EQ(problem_of(tiny_vit()), std::nullopt);
  using Change = std::function<void(VitDescription&)>;
  const std::vector<std::pair<Change, std::string>> changes{
      {[](auto& vit) { vit.tokens.patch = 0; }, "patch size is 0; wanted 1 to 1024"},
      {[](auto& vit) { vit.dim = 16385; }, "width is 16385; wanted 1 to 16384"},
      {[](auto& vit) { vit.depth = 257; }, "depth is 257; wanted 1 to 256"},
      {[](auto& vit) { vit.attention.heads = 0; },
       "number of attention heads is 0; wanted 1 to 1024"},
      {[](auto& vit) { vit.mlp.hidden_dim = -1; }, "MLP width is -1; wanted 1 to 131072"},
      {[](auto& vit) { vit.block.branches = 17; },
       "number of a block's branches is 17; wanted 1 to 16"},
      {[](auto& vit) { vit.head.classes = 0; }, "number of classes is 0; wanted 1 to 1000000"},
      {[](auto& vit) { vit.head.embed_dim = -1; },
       "width of the embedding is -1; wanted 1 to 16384"}};
  for (const auto& [change, problem] : changes) {
    VitDescription vit = tiny_vit();
    change(vit);
    EXPECT_EQ(problem_of(vit), problem);
  }
}

TEST(VitDescription, PartsMustGoTogether) {
  using Change = std::function<void(VitDescription&)>;
  const std::vector<std::pair<Change, std::string>> changes{
      {[](auto& vit) { vit.attention.heads = 3; }, "not divisible by 3 attention heads"},
      {[](auto& vit) {
         vit.attention.heads = 4;
         vit.attention.rope = RopeSpec{};
       },
       "rotary embedding needs heads of a multiple of 4 columns, not 2"},
      {[](auto& vit) {
         vit.attention.differential = true;
         vit.positions.shared_bias = true;
       },
       "differential attention"},
      {[](auto& vit) {
         vit.tokens.registers = 4;
         vit.positions.bias = true;
       },
       "this model has 5 tokens before its patches"},
      {[](auto& vit) { vit.tokens.channels = 2; }, "takes 2 channels"},
      {[](auto& vit) {
         vit.tokens.image = {32, 15};
       },
       "image size 32x15 is smaller than one 16-pixel patch"}};
  for (const auto& [change, problem] : changes) {
    VitDescription vit = tiny_vit();
    change(vit);
    EXPECT_NE(problem_of(vit).value_or("").find(problem), std::string::npos) << problem;
  }
}

TEST(VitDescription, BranchesHaveTensorsOfTheirOwn) {
  VitDescription vit = tiny_vit();
  vit.depth = 1;
  vit.block = {.kind = BlockKind::branches, .branches = 2, .layer_scale = true};
  std::set<std::string> names;
  for (const ExpectedTensor& tensor : expected_tensors(vit)) names.insert(tensor.name);
  for (const char* name : {"norm1.weight", "attn.qkv.weight", "ls1.gamma", "mlp.fc2.bias"}) {
    EXPECT_TRUE(names.contains(std::string("blocks.0.") + name)) << name;
    EXPECT_TRUE(names.contains(std::string("blocks.0.branches.1.") + name)) << name;
  }
}

}  // namespace
}  // namespace saccade
