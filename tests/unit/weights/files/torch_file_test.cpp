// Files written by torch.save, from data/torch/make_torch_files.py.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"
#include "weights/files/tensor_file.h"

namespace saccade {
namespace {

using test::expect_error;

std::filesystem::path torch_file(const std::string& name) {
  return test::source_path("tests/unit/weights/data/torch") / name;
}

std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<float> values(const TensorFile& file, const std::string& name) {
  const TensorView& tensor = *file.find(name);
  std::vector<float> out(size_t(tensor.count()));
  convert_to_f32(tensor, out);
  return out;
}

void expect_golden_weights(const TensorFile& file) {
  const TensorFile golden(test::source_path("tests/golden/cases/vit_timm/model.safetensors"));
  ASSERT_EQ(file.tensors().size(), golden.tensors().size());
  for (const auto& [name, tensor] : golden.tensors()) {
    ASSERT_TRUE(file.find(name)) << name;
    EXPECT_EQ(file.find(name)->shape, tensor.shape) << name;
    EXPECT_EQ(values(file, name), values(golden, name)) << name;
  }
}

TEST(TorchFile, CheckpointSaversEmaWeightsComeFirst) {
  const TensorFile file(torch_file("checkpoint.pth.tar"));
  EXPECT_EQ(file.architecture(), "vit_tiny_patch16_224");
  expect_golden_weights(file);
}

TEST(TorchFile, ParametersStridesSharedStoragesAndF64) {
  const TensorFile file(torch_file("pytorch_model.bin"));
  EXPECT_EQ(file.architecture(), "");
  EXPECT_EQ(file.find("head.bias")->dtype, DType::f64);
  expect_golden_weights(file);
}

TEST(TorchFile, Protocol4AndOtherTypes) {
  const TensorFile file(torch_file("protocol4.pt"));
  EXPECT_EQ(values(file, "a"), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(file.find("b")->dtype_name, "I64");
  EXPECT_EQ(file.find("b")->shape, (std::vector<int64_t>{2, 2}));
}

TEST(TorchFile, UnknownObjectsAreNotConstructed) {
  testing::internal::CaptureStdout();
  const TensorFile file(torch_file("stranger.pt"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(values(file, "good"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  ASSERT_TRUE(file.find("stranger"));
  EXPECT_EQ(file.find("stranger")->dtype, DType::other);
  EXPECT_NE(file.find("stranger")->dtype_name.find("print"), std::string::npos);
}

TEST(TorchFile, TheLegacyFormatIsAnError) {
  expect_error<ModelError>([] { TensorFile file(torch_file("legacy.pt")); },
                           {"legacy.pt", "zip form", "save it again"});
}

TEST(TorchFile, TruncationIsAnErrorThatNamesTheFile) {
  const std::string whole = bytes_of_file(torch_file("protocol4.pt"));
  const test::TempDir folder;
  // The last record repeats an earlier one and is not needed.
  constexpr size_t last_record = 22;
  for (size_t size = 4; size < whole.size() - last_record; size += 31) {
    const auto path = folder.write("cut.pt", whole.substr(0, size));
    expect_error<ModelError>([&] { TensorFile file(path); }, {"cut.pt"});
  }
}

// Any changed byte leads to an error or to tensors that lie inside the file.
TEST(TorchFile, ChangedBytesNeverReachOutside) {
  const std::string whole = bytes_of_file(torch_file("protocol4.pt"));
  const test::TempDir folder;
  size_t errors = 0;
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string changed = whole;
    changed[at] = char(changed[at] ^ 0x51);
    const auto path = folder.write("changed.pt", changed);
    try {
      const TensorFile file(path);
      for (const auto& [name, tensor] : file.tensors()) {
        if (tensor.dtype == DType::other) continue;
        std::vector<float> out(size_t(tensor.count()));
        convert_to_f32(tensor, out);
      }
    } catch (const ModelError&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 50u);
}

}  // namespace
}  // namespace saccade
