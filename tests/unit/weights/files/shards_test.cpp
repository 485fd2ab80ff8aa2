// Checkpoints in several files, listed by model.safetensors.index.json.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/safetensors_bytes.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"
#include "weights/files/tensor_file.h"

namespace saccade {
namespace {

using test::expect_error;
using test::TempDir;

const std::string index_name = "model.safetensors.index.json";

/// A file of one-byte tensors, each of which contains its name.
std::string shard(const std::string& names) {
  nlohmann::json header = nlohmann::json::object();
  for (size_t i = 0; i < names.size(); ++i) {
    header[std::string(1, names[i])] = {
        {"dtype", "U8"}, {"shape", {1}}, {"data_offsets", {i, i + 1}}};
  }
  return test::safetensors_bytes(header.dump(), names);
}

std::string index_text(const nlohmann::json& weight_map) {
  return nlohmann::json{{"metadata", {{"total_size", 3}}}, {"weight_map", weight_map}}.dump();
}

class Shards : public testing::Test {
 protected:
  void expect_model_error(const std::string& index, std::initializer_list<std::string> facts) {
    const auto path = dir_.write(index_name, index);
    expect_error<ModelError>([&] { TensorFile file(path); }, facts);
    expect_error<ModelError>([&] { TensorFile file(path); }, {index_name});
  }

  TempDir dir_;
};

TEST_F(Shards, AreOneSetOfTensors) {
  dir_.write("one.safetensors", shard("ac"));
  dir_.write("two.safetensors", shard("b"));
  const auto path = dir_.write(
      index_name,
      index_text({{"a", "one.safetensors"}, {"b", "two.safetensors"}, {"c", "one.safetensors"}}));
  const TensorFile file(path);
  ASSERT_EQ(file.tensors().size(), 3u);
  for (const char* name : {"a", "b", "c"}) {
    const TensorView* tensor = file.find(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(static_cast<char>(tensor->bytes[0]), name[0]);
    file.release_pages(*tensor);
  }
}

TEST_F(Shards, AMissingShardIsNamed) {
  dir_.write("one.safetensors", shard("a"));
  expect_model_error(index_text({{"a", "one.safetensors"}, {"b", "two.safetensors"}}),
                     {"shard \"two.safetensors\" is missing"});
}

TEST_F(Shards, ATensorThatItsShardLacksIsNamed) {
  dir_.write("one.safetensors", shard("a"));
  expect_model_error(index_text({{"a", "one.safetensors"}, {"b", "one.safetensors"}}),
                     {"tensor \"b\" is not in its shard \"one.safetensors\""});
}

TEST_F(Shards, AnUnlistedTensorIsNamed) {
  dir_.write("one.safetensors", shard("ax"));
  expect_model_error(index_text({{"a", "one.safetensors"}}),
                     {"tensor \"x\"", "\"one.safetensors\"", "not in weight_map"});
}

TEST_F(Shards, ATensorInTwoShardsIsNamed) {
  dir_.write("one.safetensors", shard("ab"));
  dir_.write("two.safetensors", shard("b"));
  expect_model_error(index_text({{"a", "one.safetensors"}, {"b", "two.safetensors"}}),
                     {"tensor \"b\"", "in shard \"one.safetensors\"", "\"two.safetensors\""});
}

TEST_F(Shards, NamesThatLeaveTheFolderAreRefused) {
  const TempDir elsewhere;
  const std::string outside = elsewhere.write("x.safetensors", shard("a")).string();
  dir_.write("sub/x.safetensors", shard("a"));
  for (const std::string& name :
       {outside, std::string("sub/x.safetensors"), std::string("../x.safetensors"),
        std::string("./x"), std::string(".."), std::string("."), std::string(""),
        std::string("sub\\x.safetensors"), std::string("/"), std::string("a\nb"),
        std::string("a\0b", 3)}) {
    expect_model_error(index_text({{"a", name}}), {"tensor \"a\"", "file in the same folder"});
  }
}

TEST_F(Shards, AMalformedShardIsNamed) {
  dir_.write("one.safetensors", shard("a") + "x");
  const auto path = dir_.write(index_name, index_text({{"a", "one.safetensors"}}));
  expect_error<ModelError>([&] { TensorFile file(path); },
                           {(dir_.path() / "one.safetensors").string() + ": ", "holds 2"});
}

TEST_F(Shards, AFolderAsShardIsASystemError) {
  std::filesystem::create_directory(dir_.path() / "one.safetensors");
  const auto path = dir_.write(index_name, index_text({{"a", "one.safetensors"}}));
  expect_error<SystemError>([&] { TensorFile file(path); }, {"one.safetensors", "is a folder"});
}

TEST_F(Shards, MalformedIndexes) {
  expect_model_error("", {"not valid JSON"});
  expect_model_error("[]", {"array", "wanted an object"});
  expect_model_error("{}", {"no \"weight_map\""});
  expect_model_error(R"({"weight_map":[]})", {"no \"weight_map\""});
  expect_model_error(R"({"weight_map":{}})", {"no \"weight_map\""});
  expect_model_error(R"({"weight_map":{"a":1}})", {"tensor \"a\"", "shard number"});
  expect_model_error(R"({"weight_map":{"a":null}})", {"tensor \"a\"", "shard null"});
}

TEST_F(Shards, AMissingIndexIsASystemError) {
  const auto path = dir_.path() / index_name;
  expect_error<SystemError>([&] { TensorFile file(path); }, {path.string(), "No such file"});
}

}  // namespace
}  // namespace saccade
