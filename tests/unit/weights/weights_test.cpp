#include "weights/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_checkpoint.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

VitDescription tiny_description(const std::string& head) {
  VitDescription vit;
  vit.tokens.image = {4, 4};
  vit.tokens.patch = 2;
  vit.dim = 6;
  vit.depth = 2;
  vit.attention.heads = 2;
  vit.mlp.hidden_dim = 8;
  vit.head.classes = 3;
  vit.head.classifiers = {{head, 0}};
  return vit;
}

Weights open(const test::TinyTensors& tensors, const std::string& head = "classifier",
             const std::vector<std::string>& ignorable = {"pooler.*", "embeddings.mask_token"}) {
  test::TinyFile file(tensors);
  FoundNaming naming = find_naming(file.tensors);
  return Weights(std::move(file.tensors), naming, tiny_description(head), ignorable, "dir/model");
}

// The number of values in a canonical tensor's parts, each of which counts from its own start.
std::vector<float> expected_values(int64_t parts, int64_t part) {
  std::vector<float> values;
  for (int64_t i = 0; i < parts * part; ++i) values.push_back(test::tiny_value(i % part));
  return values;
}

TEST(ExpectedTensors, AreThoseOfTheDescription) {
  VitDescription vit = tiny_description("head");
  vit.depth = 1;
  vit.tokens.image = {4, 9};  // the ninth column of pixels fills no patch
  vit.tokens.dist_token = true;
  vit.attention.qkv_bias = QkvBias::none;
  vit.head.classifiers.push_back({"head_dist", 1});
  std::string list;
  for (const ExpectedTensor& tensor : expected_tensors(vit)) {
    list += tensor.name;
    for (const int64_t size : tensor.shape) list += " " + std::to_string(size);
    list += "\n";
  }
  EXPECT_EQ(list,
            "cls_token 1 1 6\ndist_token 1 1 6\npos_embed 1 10 6\n"
            "patch_embed.proj.weight 6 3 2 2\npatch_embed.proj.bias 6\n"
            "blocks.0.norm1.weight 6\nblocks.0.norm1.bias 6\n"
            "blocks.0.attn.qkv.weight 18 6\n"
            "blocks.0.attn.proj.weight 6 6\nblocks.0.attn.proj.bias 6\n"
            "blocks.0.norm2.weight 6\nblocks.0.norm2.bias 6\n"
            "blocks.0.mlp.fc1.weight 8 6\nblocks.0.mlp.fc1.bias 8\n"
            "blocks.0.mlp.fc2.weight 6 8\nblocks.0.mlp.fc2.bias 6\n"
            "norm.weight 6\nnorm.bias 6\nhead.weight 3 6\nhead.bias 3\n"
            "head_dist.weight 3 6\nhead_dist.bias 3\n");
}

TEST(Weights, FuseTheirParts) {
  const Weights weights = open(test::tiny_transformers_tensors());
  EXPECT_EQ(weights.naming(), "transformers");
  EXPECT_EQ(weights.dtypes(), "F32 (40)");
  EXPECT_EQ(weights.shape("blocks.1.attn.qkv.weight"), (std::vector<int64_t>{18, 6}));
  EXPECT_EQ(weights.read("blocks.1.attn.qkv.weight"), expected_values(3, 36));
  EXPECT_EQ(weights.read("blocks.1.attn.qkv.bias"), expected_values(3, 6));
  EXPECT_EQ(weights.read("classifier.weight"), expected_values(1, 18));
  EXPECT_EQ(weights.read("cls_token"), expected_values(1, 6));
  EXPECT_TRUE(weights.has("norm.bias"));
  EXPECT_FALSE(weights.has("dist_token"));
  // cls, positions, patches; two blocks; norm and classifier
  EXPECT_EQ(weights.parameter_count(), 6 + 30 + 78 + 2 * (12 + 126 + 42 + 12 + 56 + 54) + 12 + 21);
}

// Stored once, read as often as they serve.
TEST(Weights, SharedKeysAndValues) {
  test::TinyTensors tensors = test::tiny_transformers_tensors();
  for (const char* part : {"key", "value"}) {
    const std::string name = std::string("vit.encoder.layer.0.attention.attention.") + part;
    test::find_tensor(tensors, name + ".weight").shape = {3, 6};
    test::find_tensor(tensors, name + ".bias").shape = {3};
  }
  test::TinyFile file(tensors);
  VitDescription vit = tiny_description("classifier");
  vit.attention.kv_heads = {1, 2};
  FoundNaming naming = find_naming(file.tensors);
  const Weights weights(std::move(file.tensors), naming, vit, {}, "dir/model");
  std::vector<float> wanted = expected_values(1, 36);
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> head = expected_values(1, 18);
    wanted.insert(wanted.end(), head.begin(), head.end());
  }
  const std::string name = "blocks.0.attn.qkv.weight";
  EXPECT_EQ(weights.read(name), wanted);
  EXPECT_EQ(weights.read("blocks.0.attn.qkv.bias").size(), 18u);
  EXPECT_EQ(weights.read("blocks.1.attn.qkv.weight"), expected_values(3, 36));
  for (int64_t first = 0; first < 18; ++first) {
    for (int64_t count = 1; first + count <= 18; ++count) {
      const std::vector<float> rows(wanted.begin() + 6 * first,
                                    wanted.begin() + 6 * (first + count));
      std::vector<float> found(rows.size());
      weights.read_rows(name, first, count, found);
      EXPECT_EQ(found, rows) << first << " " << count;
      const auto in_place = weights.rows_in_place(name, first, count);
      const int64_t end = first < 6 ? 6 : first / 3 * 3 + 3;  // q in one piece, k and v by heads
      if (!in_place) continue;                                // in several pieces, or not aligned
      EXPECT_LE(first + count, end) << first << " " << count;
      EXPECT_TRUE(std::equal(rows.begin(), rows.end(), in_place->begin()));
    }
  }
  EXPECT_EQ(weights.parameter_count(),
            6 + 30 + 78 + (12 + 84 + 42 + 12 + 56 + 54) + (12 + 126 + 42 + 12 + 56 + 54) + 12 + 21);
}

// timm's in_proj has fc1's rows, then qkv's; its out_proj the columns of proj, then fc2's.
TEST(Weights, TakeJoinedTensorsApart) {
  const auto is_of_block = [](const test::TinyTensor& tensor) {
    return tensor.name.starts_with("blocks.");
  };
  test::TinyTensors tensors = test::tiny_timm_tensors();
  std::erase_if(tensors, is_of_block);
  const std::string block = "blocks.0.";
  const test::TinyTensors own{{block + "in_norm.weight", {6}},
                              {block + "in_norm.bias", {6}},
                              {block + "in_proj.weight", {26, 6}},
                              {block + "in_proj.bias", {26}},
                              {block + "out_proj.weight", {6, 14}},
                              {block + "out_proj.bias", {6}},
                              {block + "sub_norm.weight", {6}},
                              {block + "lambda_q1", {3}},
                              {block + "lambda_k1", {3}},
                              {block + "lambda_q2", {3}},
                              {block + "lambda_k2", {3}}};
  tensors.insert(tensors.end(), own.begin(), own.end());
  VitDescription vit = tiny_description("head");
  vit.depth = vit.attention.heads = 1;
  vit.block.kind = BlockKind::parallel;
  vit.attention.differential = true;
  vit.attention.proj_bias = false;
  test::TinyFile file(tensors);
  const FoundNaming naming = find_naming(file.tensors);
  const Weights weights(std::move(file.tensors), naming, vit, {}, "dir/model");

  const auto values = [](int64_t first, int64_t count) {
    std::vector<float> wanted;
    for (int64_t i = first; i < first + count; ++i) wanted.push_back(test::tiny_value(i));
    return wanted;
  };
  EXPECT_EQ(weights.read("blocks.0.mlp.fc1.weight"), values(0, 48));
  EXPECT_EQ(weights.read("blocks.0.attn.qkv.weight"), values(48, 108));
  EXPECT_EQ(weights.read("blocks.0.attn.qkv.bias"), values(8, 18));
  EXPECT_EQ(weights.read("blocks.0.mlp.fc2.bias"), values(0, 6));
  EXPECT_FALSE(weights.has("blocks.0.attn.proj.bias"));
  std::vector<float> rows(18);
  weights.read_rows("blocks.0.attn.qkv.weight", 2, 3, rows);
  EXPECT_EQ(rows, values(48 + 12, 18));
  EXPECT_FALSE(weights.rows_in_place("blocks.0.mlp.fc2.weight", 0, 1));
  const std::vector<float> proj = weights.read("blocks.0.attn.proj.weight");
  const std::vector<float> fc2 = weights.read("blocks.0.mlp.fc2.weight");
  for (int64_t row = 0; row < 6; ++row) {
    for (int64_t i = 0; i < 6; ++i) {
      EXPECT_EQ(proj[size_t(row * 6 + i)], test::tiny_value(row * 14 + i));
    }
    for (int64_t i = 0; i < 8; ++i) {
      EXPECT_EQ(fc2[size_t(row * 8 + i)], test::tiny_value(row * 14 + 6 + i));
    }
  }
}

TEST(Weights, EveryFloatingType) {
  for (const char* dtype : {"F32", "F16", "BF16", "F64"}) {
    test::TinyTensors tensors = test::tiny_timm_tensors();
    for (test::TinyTensor& tensor : tensors) tensor.dtype = dtype;
    test::find_tensor(tensors, "norm.bias").dtype = "F32";
    const Weights weights = open(tensors, "head");
    EXPECT_EQ(weights.read("blocks.0.attn.qkv.weight"), expected_values(1, 108)) << dtype;
    EXPECT_EQ(weights.read("norm.bias"), expected_values(1, 6)) << dtype;
    if (std::string(dtype) != "F32") {
      EXPECT_NE(weights.dtypes().find("F32 (1)"), std::string::npos) << weights.dtypes();
      EXPECT_NE(weights.dtypes().find(std::string(dtype) + " (31)"), std::string::npos);
    }
  }
}

TEST(Weights, ReadAgainAfterTheirPagesWereLetGo) {
  const Weights weights = open(test::tiny_timm_tensors(), "head");
  EXPECT_EQ(weights.read("blocks.1.mlp.fc2.weight"), weights.read("blocks.1.mlp.fc2.weight"));
}

TEST(Weights, AnyMissingTensorIsNamed) {
  const test::TinyTensors whole = test::tiny_transformers_tensors();
  for (const test::TinyTensor& missing : whole) {
    // Without this one the naming is not found at all; checkpoint_test has that case.
    if (missing.name == "vit.encoder.layer.0.layernorm_before.weight") continue;
    test::TinyTensors tensors = whole;
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.name == missing.name; });
    expect_error<ModelError>([&] { open(tensors); },
                             {"dir/model", "'" + missing.name + "' [", "is missing"});
  }
  test::TinyTensors tensors = whole;
  std::erase_if(tensors, [&](const auto& tensor) { return tensor.name == "classifier.weight"; });
  expect_error<ModelError>([&] { open(tensors); }, {"'classifier.weight' [3, 6] is missing"});
}

TEST(Weights, AnyOtherShapeIsNamedWithTheOneWanted) {
  const test::TinyTensors whole = test::tiny_transformers_tensors();
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{}, {1}, {0}, {6, 7}, {1, 6, 5}, {INT64_MAX, 0}}) {
      test::TinyTensors tensors = whole;
      tensors[i].shape = shape;
      expect_error<ModelError>([&] { open(tensors); },
                               {"dir/model", "'" + whole[i].name + "' has shape [", "wanted ["});
    }
  }
  test::TinyTensors tensors = whole;
  test::find_tensor(tensors, "vit.encoder.layer.1.attention.attention.key.weight").shape = {18, 6};
  expect_error<ModelError>([&] { open(tensors); }, {"has shape [18, 6], wanted [6, 6]"});
}

TEST(Weights, OtherTypesAreNamed) {
  test::TinyTensors tensors = test::tiny_transformers_tensors();
  test::find_tensor(tensors, "vit.layernorm.bias").dtype = "I64";
  expect_error<ModelError>([&] { open(tensors); },
                           {"'vit.layernorm.bias' is of type I64; wanted F32"});
}

TEST(Weights, OnlyIgnorableTensorsMayBeLeft) {
  test::TinyTensors tensors = test::tiny_transformers_tensors();
  tensors.push_back({"vit.pooler.dense.weight", {6, 6}});
  tensors.push_back({"pooler.dense.bias", {6}, "I64"});
  tensors.push_back({"vit.embeddings.mask_token", {1, 1, 6}});
  const Weights weights = open(tensors);
  EXPECT_EQ(weights.ignored(),
            (std::vector<std::string>{"pooler.dense.bias", "vit.embeddings.mask_token",
                                      "vit.pooler.dense.weight"}));
  EXPECT_EQ(weights.parameter_count(), open(test::tiny_transformers_tensors()).parameter_count());
  for (const char* name :
       {"vit.encoder.layer.2.layernorm_before.weight", "head.weight", "poolerx",
        "xpooler.dense.weight", "vit.vit.pooler.dense.weight", "decoder.0.bias", ""}) {
    test::TinyTensors more = tensors;
    more.push_back({name, {2, 5}});
    expect_error<ModelError>(
        [&] { open(more); },
        {"dir/model", "unexpected tensor \"" + std::string(name) + "\" [2, 5]"});
  }
  tensors.push_back({"\x1b[2J\n", {1}});
  expect_error<ModelError>([&] { open(tensors); }, {"unexpected tensor \"\\x1b[2J\\n\" [1]"});
}

TEST(Weights, PrefixesBelongToTheirModules) {
  test::TinyTensors tensors = test::tiny_transformers_tensors("deit.");
  for (test::TinyTensor& tensor : tensors) tensor.name = "module." + tensor.name;
  EXPECT_EQ(open(tensors).read("norm.weight"), expected_values(1, 6));
  EXPECT_EQ(open(test::tiny_transformers_tensors("")).read("norm.weight"), expected_values(1, 6));
  // The classifier of a file in data-parallel form has that prefix too.
  test::find_tensor(tensors, "module.classifier.bias").name = "classifier.bias";
  expect_error<ModelError>([&] { open(tensors); }, {"'module.classifier.bias' [3] is missing"});
}

// In every element type; what f64 holds must fit f32.
TEST(Weights, AreFinite) {
  struct Case {
    std::string dtype;
    std::vector<std::string> values;  // little-endian
  };
  const std::vector<Case> cases{
      {"F32", {{"\0\0\xc0\x7f", 4}, {"\0\0\x80\xff", 4}, {"\0\x80\x7f\x7f", 4}}},
      {"F16", {{"\1\x7c", 2}, {"\0\xfc", 2}}},
      {"BF16", {{"\xff\xff", 2}, {"\x80\x7f", 2}}},
      {"F64",
       {{"\0\0\0\0\0\0\xf8\x7f", 8},
        {"\0\0\0\0\0\0\xf0\xff", 8},
        {"\xff\xff\xff\xff\xff\xff\xef\x47", 8}}}};  // NaN, -infinity, 2^128
  for (const auto& [dtype, values] : cases) {
    for (const std::string& value : values) {
      test::TinyTensors tensors = test::tiny_transformers_tensors();
      tensors.back().dtype = dtype;  // classifier.bias, the last in the file
      std::string bytes = test::safetensors_of(tensors);
      bytes.replace(bytes.size() - value.size(), value.size(), value);
      const test::TempDir folder;
      TensorFile file(folder.write("model.safetensors", bytes));
      const FoundNaming naming = find_naming(file);
      const Weights weights(std::move(file), naming, tiny_description("classifier"),
                            {"pooler.*", "embeddings.mask_token"}, "dir/model");
      EXPECT_NO_THROW(weights.read("classifier.weight"));
      expect_error<ModelError>([&] { weights.read("classifier.bias"); },
                               {folder.path().string() + "/model.safetensors",
                                "tensor \"classifier.bias\" [3]", "not finite"});
    }
  }
}

TEST(Weights, MisuseIsAMistakeOfTheProgram) {
  const Weights weights = open(test::tiny_transformers_tensors());
  EXPECT_THROW(weights.read("blocks.2.norm1.weight"), std::logic_error);
  EXPECT_THROW(weights.shape("head.weight"), std::logic_error);
  std::vector<float> small(5);
  EXPECT_THROW(weights.read("norm.bias", small), std::logic_error);
}

}  // namespace
}  // namespace saccade
