#include "weights/files/safetensors.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/safetensors_bytes.h"
#include "tests/unit/weights/files/malformed_safetensors.h"
#include "weights/base/errors.h"

namespace saccade::test {
namespace {

std::vector<TensorView> parse(const std::string& bytes) {
  return parse_safetensors(as_bytes(bytes), "some.safetensors");
}

TEST_P(MalformedFile, IsAModelErrorThatNamesFileAndFact) {
  std::string text;
  try {
    parse(GetParam().bytes);
    FAIL() << GetParam().what << ": accepted";
  } catch (const ModelError& error) {
    text = error.what();
  }
  EXPECT_EQ(text.rfind("some.safetensors: ", 0), 0u) << text;
  EXPECT_LT(text.size(), 1000u) << text;
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
  for (const std::string& fact : GetParam().facts) {
    EXPECT_NE(text.find(fact), text.npos) << "\"" << fact << "\" is not in: " << text;
  }
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}}   )",
      "0123456789");
  ASSERT_EQ(parse(whole).size(), 2u);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(parse(whole.substr(0, size)), ModelError) << size << " bytes";
  }
  EXPECT_THROW(parse(whole + "x"), ModelError);
}

// The length is cut as well, so that the JSON text itself ends early.
TEST(Safetensors, EveryTruncatedHeaderIsAnError) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  ASSERT_EQ(parse(safetensors_bytes(header, "01234567")).size(), 1u);
  for (size_t size = 0; size < header.size(); ++size) {
    EXPECT_THROW(parse(safetensors_bytes(header.substr(0, size), "01234567")), ModelError) << size;
  }
}

// Every single-byte change leads to a ModelError or to tensors that lie inside the file.
TEST(Safetensors, ChangedBytesNeverEscapeTheFile) {
  const std::string whole =
      safetensors_bytes(R"({"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                        R"("b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}})",
                        "0123456789");
  for (size_t i = 0; i < whole.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(value);
      try {
        for (const TensorView& tensor : parse(bytes)) {
          EXPECT_GE(reinterpret_cast<const char*>(tensor.bytes.data()), bytes.data());
          EXPECT_LE(reinterpret_cast<const char*>(tensor.bytes.data() + tensor.bytes.size()),
                    bytes.data() + bytes.size());
        }
      } catch (const ModelError&) {
      }
    }
  }
}

TEST(Safetensors, AcceptsNoTensors) {
  EXPECT_TRUE(parse(safetensors_bytes("{}")).empty());
  EXPECT_TRUE(parse(safetensors_bytes("{}      ")).empty());
  EXPECT_TRUE(parse(safetensors_bytes(R"({"__metadata__":{}})")).empty());
}

TEST(Safetensors, AcceptsMetadataAnywhereAndFieldsInAnyOrder) {
  const std::string bytes = safetensors_bytes(
      R"({"b":{"data_offsets":[1,2],"shape":[1],"dtype":"U8"},"__metadata__":{"k":"v","l":"\u00e9"},)"
      R"("a":{"shape":[1],"data_offsets":[0,1],"dtype":"U8"}})",
      "xy");
  const auto tensors = parse(bytes);
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].bytes[0], std::byte{'x'});
  EXPECT_EQ(tensors[1].name, "b");
  EXPECT_EQ(tensors[1].bytes[0], std::byte{'y'});
}

TEST(Safetensors, AcceptsScalarsAndEmptyTensors) {
  const std::string bytes = safetensors_bytes(
      R"({"empty first":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
      R"("scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
      R"("empty between":{"dtype":"F64","shape":[3,0,5],"data_offsets":[4,4]},)"
      R"("huge but empty":{"dtype":"F64","shape":[0,9223372036854775807],"data_offsets":[4,4]},)"
      R"("last":{"dtype":"U8","shape":[1,1,1],"data_offsets":[4,5]},)"
      R"("empty last":{"dtype":"F64","shape":[0],"data_offsets":[5,5]}})",
      "12345");
  const auto tensors = parse(bytes);
  ASSERT_EQ(tensors.size(), 6u);
  for (const TensorView& tensor : tensors) {
    if (tensor.name == "scalar") {
      EXPECT_TRUE(tensor.shape.empty());
      EXPECT_EQ(tensor.count(), 1);
    } else if (tensor.name == "last") {
      EXPECT_EQ(tensor.shape, (std::vector<int64_t>{1, 1, 1}));
      EXPECT_EQ(tensor.count(), 1);
    } else {
      EXPECT_EQ(tensor.count(), 0) << tensor.name;
      EXPECT_TRUE(tensor.bytes.empty()) << tensor.name;
    }
  }
}

TEST(Safetensors, KnowsEveryDType) {
  const std::vector<std::pair<std::string, int>> bits = {
      {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
      {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
      {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
      {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
      {"I64", 64},        {"U64", 64}};
  for (const auto& [name, size] : bits) {
    const std::string end = std::to_string(size);  // 8 elements of `size` bits
    const std::string bytes =
        one_tensor("\"dtype\":\"" + name + "\",\"shape\":[8],\"data_offsets\":[0," + end + "]",
                   static_cast<size_t>(size));
    const auto tensors = parse(bytes);
    ASSERT_EQ(tensors.size(), 1u) << name;
    EXPECT_EQ(tensors[0].dtype_name, name);
    const DType wanted = name == "F64"    ? DType::f64
                         : name == "F32"  ? DType::f32
                         : name == "F16"  ? DType::f16
                         : name == "BF16" ? DType::bf16
                                          : DType::other;
    EXPECT_EQ(tensors[0].dtype, wanted) << name;
  }
}

}  // namespace
}  // namespace saccade::test
