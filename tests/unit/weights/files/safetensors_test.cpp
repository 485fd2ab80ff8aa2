#include "weights/files/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/safetensors_bytes.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::expect_error;
using test::safetensors_bytes;

std::vector<TensorView> parse(const std::string& bytes) {
  return parse_safetensors(as_bytes(bytes), "some.safetensors");
}

/// `{"a": {entry}}` with `size` bytes of data.
std::string one_tensor(const std::string& entry, size_t size) {
  return safetensors_bytes("{\"a\":{" + entry + "}}", std::string(size, '\0'));
}

struct Malformed {
  const char* what;
  std::string bytes;
  std::vector<std::string> facts;
};

void PrintTo(const Malformed& file, std::ostream* out) { *out << file.what; }

class MalformedFile : public testing::TestWithParam<Malformed> {};

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

const std::string f32_2 = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

INSTANTIATE_TEST_SUITE_P(
    Frame, MalformedFile,
    testing::Values(
        Malformed{"empty", "", {"0 bytes", "at least 8"}},
        Malformed{"seven bytes", std::string(7, '\0'), {"7 bytes", "at least 8"}},
        Malformed{"header of length 0", std::string(8, '\0'), {"begins with \"\"", "wanted \"{\""}},
        Malformed{"longer header than file",
                  std::string("\x05\0\0\0\0\0\0\0{}", 10),
                  {"header length 5", "only 2 bytes follow"}},
        Malformed{"header one over the limit",
                  std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10),
                  {"header length 100000001", "at most 100000000"}},
        Malformed{"header at the limit, not there",
                  std::string("\x00\xe1\xf5\x05\0\0\0\0{}", 10),
                  {"header length 100000000", "only 2 bytes follow"}},
        Malformed{"header length 2^64-1", std::string(8, '\xff') + "{}", {"18446744073709551615"}},
        Malformed{"header length 2^63", std::string(7, '\0') + "\x80{}", {"9223372036854775808"}},
        Malformed{"Git LFS pointer",
                  "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n",
                  {"Git LFS pointer", "git lfs pull"}},
        Malformed{"leading space", safetensors_bytes(" {}"), {"begins with \" \""}},
        Malformed{"leading byte order mark",
                  safetensors_bytes("\xef\xbb\xbf{}"),
                  {"begins with \"\\xef\""}},
        Malformed{"an array", safetensors_bytes("[]"), {"begins with \"[\""}},
        Malformed{"data without tensors", safetensors_bytes("{}", "x"), {"0 bytes", "holds 1"}},
        Malformed{"one byte too few", one_tensor(f32_2, 7), {"come to 8 bytes", "holds 7"}},
        Malformed{"one byte too many", one_tensor(f32_2, 9), {"come to 8 bytes", "holds 9"}}));

INSTANTIATE_TEST_SUITE_P(
    Json, MalformedFile,
    testing::Values(
        Malformed{"open object", safetensors_bytes("{"), {"not valid JSON"}},
        Malformed{"trailing comma",
                  safetensors_bytes("{\"a\":{" + f32_2 + "},}", "12345678"),
                  {"not valid JSON", "column"}},
        Malformed{"two objects", safetensors_bytes("{}{}"), {"not valid JSON"}},
        Malformed{"text after the object", safetensors_bytes("{} x"), {"not valid JSON"}},
        Malformed{
            "NUL padding", safetensors_bytes(std::string("{}\0\0", 4)), {"NUL byte at offset 2"}},
        Malformed{"hidden behind NUL",
                  safetensors_bytes(std::string("{}\0,\"a\":1}", 10)),
                  {"NUL byte at offset 2"}},
        Malformed{"comment", safetensors_bytes("{/* */}"), {"not valid JSON"}},
        Malformed{"invalid UTF-8",
                  safetensors_bytes("{\"\xff\xfe\":1}"),
                  {"not valid JSON", "UTF-8", "\\xff"}},
        Malformed{"overlong UTF-8", safetensors_bytes("{\"\xc0\xaf\":1}"), {"UTF-8"}},
        Malformed{"lone surrogate", safetensors_bytes(R"({"\ud800":1})"), {"not valid JSON"}},
        Malformed{"newline in a string", safetensors_bytes("{\"a\nb\":1}"), {"not valid JSON"}},
        Malformed{"NaN",
                  one_tensor(R"("dtype":"F32","shape":[NaN],"data_offsets":[0,0])", 0),
                  {"not valid JSON"}},
        Malformed{"number that no double holds",
                  one_tensor(R"("dtype":"F32","shape":[1e999],"data_offsets":[0,0])", 0),
                  {"not valid JSON", "1e999"}},
        Malformed{"nested arrays",
                  safetensors_bytes("{\"a\":" + std::string(1'000'000, '[')),
                  {"tensor \"a\"", "found an array", "wanted an object"}},
        Malformed{"nested objects",
                  safetensors_bytes(repeated("{\"a\":", 300'000)),
                  {"tensor \"a\"", "unknown field \"a\""}},
        Malformed{"nested shape",
                  one_tensor("\"shape\":" + std::string(1'000'000, '['), 0),
                  {"shape", "found an array", "wanted a whole number"}},
        Malformed{"long and hostile name",
                  safetensors_bytes("{\"\\u001b[31m\\n" + std::string(5000, 'n') + "\":1}"),
                  {R"(tensor "\x1b[31m\nnnn)", "\"...", "found 1"}},
        Malformed{"long broken token",
                  safetensors_bytes("{\"" + std::string(1'000'000, 'n')),
                  {"not valid JSON", "..."}}));

INSTANTIATE_TEST_SUITE_P(
    Duplicates, MalformedFile,
    testing::Values(Malformed{"tensor twice",
                              safetensors_bytes("{\"a\":{" + f32_2 +
                                                    "},\"b\":{\"dtype\":\"U8\",\"shape\":[0],"
                                                    "\"data_offsets\":[8,8]},\"a\":{" +
                                                    f32_2 + "}}",
                                                "12345678"),
                              {"tensor \"a\"", "listed twice"}},
                    Malformed{
                        "tensor twice, once escaped",
                        safetensors_bytes("{\"a\":{" + f32_2 + "},\"\\u0061\":{" + f32_2 + "}}",
                                          "12345678"),
                        {"tensor \"a\"", "listed twice"}},
                    Malformed{"dtype twice",
                              one_tensor(R"("dtype":"F32",)" + f32_2, 8),
                              {"tensor \"a\"", "key \"dtype\" occurs twice"}},
                    Malformed{"shape twice",
                              one_tensor(f32_2 + R"(,"shape":[2])", 8),
                              {"tensor \"a\"", "key \"shape\" occurs twice"}},
                    Malformed{"data_offsets twice",
                              one_tensor(f32_2 + R"(,"data_offsets":[0,8])", 8),
                              {"tensor \"a\"", "key \"data_offsets\" occurs twice"}},
                    Malformed{"metadata twice",
                              safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})"),
                              {"__metadata__", "listed twice"}},
                    Malformed{"metadata key twice",
                              safetensors_bytes(R"({"__metadata__":{"k":"","k":""}})"),
                              {"__metadata__", "key \"k\" occurs twice"}}));

INSTANTIATE_TEST_SUITE_P(
    Metadata, MalformedFile,
    testing::Values(Malformed{"null",
                              safetensors_bytes(R"({"__metadata__":null})"),
                              {"__metadata__", "found null", "wanted an object"}},
                    Malformed{"a string",
                              safetensors_bytes(R"({"__metadata__":"pt"})"),
                              {"__metadata__", "found the string \"pt\"", "wanted an object"}},
                    Malformed{"an array",
                              safetensors_bytes(R"({"__metadata__":[]})"),
                              {"__metadata__", "found an array", "wanted an object"}},
                    Malformed{"a number inside",
                              safetensors_bytes(R"({"__metadata__":{"k":1}})"),
                              {"__metadata__", "found 1", "wanted only strings"}},
                    Malformed{"null inside",
                              safetensors_bytes(R"({"__metadata__":{"k":null}})"),
                              {"__metadata__", "found null", "wanted only strings"}},
                    Malformed{"an object inside",
                              safetensors_bytes(R"({"__metadata__":{"k":{}}})"),
                              {"__metadata__", "found an object", "wanted only strings"}},
                    Malformed{"an array inside",
                              safetensors_bytes(R"({"__metadata__":{"k":["v"]}})"),
                              {"__metadata__", "found an array", "wanted only strings"}}));

INSTANTIATE_TEST_SUITE_P(
    Fields, MalformedFile,
    testing::Values(
        Malformed{"entry is null",
                  safetensors_bytes(R"({"a":null})"),
                  {"tensor \"a\"", "found null", "wanted an object"}},
        Malformed{"entry is true",
                  safetensors_bytes(R"({"a":true})"),
                  {"tensor \"a\"", "found true", "wanted an object"}},
        Malformed{"empty entry",
                  safetensors_bytes(R"({"a":{}})"),
                  {"tensor \"a\"", "\"dtype\" is missing"}},
        Malformed{"no dtype",
                  one_tensor(R"("shape":[],"data_offsets":[0,0])", 0),
                  {"tensor \"a\"", "\"dtype\" is missing"}},
        Malformed{"no shape",
                  one_tensor(R"("dtype":"F32","data_offsets":[0,4])", 4),
                  {"tensor \"a\"", "\"shape\" is missing"}},
        Malformed{"no data_offsets",
                  one_tensor(R"("dtype":"F32","shape":[0])", 0),
                  {"tensor \"a\"", "\"data_offsets\" is missing"}},
        Malformed{"another field",
                  one_tensor(f32_2 + R"(,"strides":[1])", 8),
                  {"tensor \"a\"", "unknown field \"strides\""}},
        Malformed{"wrong case", one_tensor(R"("DType":"F32")", 8), {"unknown field \"DType\""}},
        Malformed{"unknown dtype",
                  one_tensor(R"("dtype":"F31","shape":[],"data_offsets":[0,4])", 4),
                  {"tensor \"a\"", "unknown dtype \"F31\""}},
        Malformed{"lower-case dtype",
                  one_tensor(R"("dtype":"f32","shape":[],"data_offsets":[0,4])", 4),
                  {"tensor \"a\"", "unknown dtype \"f32\""}},
        Malformed{"dtype is a number",
                  one_tensor(R"("dtype":32)", 0),
                  {"tensor \"a\"", "dtype: found 32", "wanted a string"}},
        Malformed{"dtype is a list",
                  one_tensor(R"("dtype":["F32"])", 0),
                  {"tensor \"a\"", "found an array", "wanted a string"}},
        Malformed{"shape is a number",
                  one_tensor(R"("shape":2)", 0),
                  {"tensor \"a\"", "shape: found 2", "wanted an array"}},
        Malformed{"shape is an object",
                  one_tensor(R"("shape":{})", 0),
                  {"tensor \"a\"", "found an object", "wanted an array"}},
        Malformed{"offsets are a string",
                  one_tensor(R"("data_offsets":"0,8")", 0),
                  {"tensor \"a\"", "data_offsets: found the string \"0,8\"", "wanted an array"}}));

INSTANTIATE_TEST_SUITE_P(
    Shapes, MalformedFile,
    testing::Values(
        Malformed{"negative",
                  one_tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found -2", "whole number, 0 or more"}},
        Malformed{"two negatives",
                  one_tensor(R"("dtype":"F32","shape":[-1,-2],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found -1"}},
        Malformed{"a fraction",
                  one_tensor(R"("dtype":"F32","shape":[2.5],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found the number \"2.5\""}},
        Malformed{"a whole float",
                  one_tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found the number \"2.0\""}},
        Malformed{"a string",
                  one_tensor(R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found the string \"2\""}},
        Malformed{"true",
                  one_tensor(R"("dtype":"F32","shape":[true],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "shape: found true"}},
        Malformed{
            "2^63",
            one_tensor(R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8])", 8),
            {"tensor \"a\"", "9223372036854775808", "less than 2^63"}},
        Malformed{
            "2^64",
            one_tensor(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8])", 8),
            {"tensor \"a\"", "18446744073709551616"}},
        Malformed{
            "2^32 * 2^32 wraps to 0",
            one_tensor(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0),
            {"tensor \"a\"", "[4294967296, 4294967296] of U8 overflows"}},
        Malformed{
            "2^61 * 64 bits wraps to 0",
            one_tensor(R"("dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0])", 0),
            {"tensor \"a\"", "[2305843009213693952] of F64 overflows"}},
        Malformed{
            "overflow before a zero",
            one_tensor(R"("dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0])", 0),
            {"tensor \"a\"", "overflows"}},
        Malformed{"65 dimensions",
                  one_tensor("\"dtype\":\"U8\",\"shape\":[1" + repeated(",1", 64) +
                                 "],\"data_offsets\":[0,1]",
                             1),
                  {"tensor \"a\"", "more than 64 dimensions"}},
        Malformed{"one element too many",
                  one_tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])", 8),
                  {"tensor \"a\"", "[0, 8] hold 8 bytes", "wanted 12 for shape [3] of F32"}},
        Malformed{"one byte too few",
                  one_tensor(R"("dtype":"F16","shape":[2,2],"data_offsets":[0,7])", 7),
                  {"tensor \"a\"", "hold 7 bytes", "wanted 8 for shape [2, 2] of F16"}},
        Malformed{"a scalar without data",
                  one_tensor(R"("dtype":"F32","shape":[],"data_offsets":[0,0])", 0),
                  {"tensor \"a\"", "hold 0 bytes", "wanted 4 for shape [] of F32"}},
        Malformed{"data for an empty tensor",
                  one_tensor(R"("dtype":"F32","shape":[0],"data_offsets":[0,4])", 4),
                  {"tensor \"a\"", "hold 4 bytes", "wanted 0 for shape [0] of F32"}},
        Malformed{"half a byte",
                  one_tensor(R"("dtype":"F4","shape":[3],"data_offsets":[0,2])", 2),
                  {"tensor \"a\"", "12 bits", "whole bytes"}}));

/// Tensors named a, b, ... of U8, at the given offsets, over `size` bytes of data.
std::string layout(const std::vector<std::pair<int, int>>& ranges, size_t size) {
  std::string header;
  char name = 'a';
  for (const auto& [begin, end] : ranges) {
    header += fmt::format(R"({}"{}":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}})",
                          header.empty() ? "" : ",", name, end - begin, begin, end);
    ++name;
  }
  return safetensors_bytes("{" + header + "}", std::string(size, '\0'));
}

INSTANTIATE_TEST_SUITE_P(
    Offsets, MalformedFile,
    testing::Values(
        Malformed{"none",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[])", 1),
                  {"tensor \"a\"", "holds 0 number(s)", "[begin, end]"}},
        Malformed{"one",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0])", 1),
                  {"tensor \"a\"", "holds 1 number(s)", "[begin, end]"}},
        Malformed{"three",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1,1])", 1),
                  {"tensor \"a\"", "more than 2 numbers", "[begin, end]"}},
        Malformed{"reversed",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])", 1),
                  {"tensor \"a\"", "[1, 0] run backwards"}},
        Malformed{"negative",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[-1,0])", 1),
                  {"tensor \"a\"", "data_offsets: found -1"}},
        Malformed{"minus zero",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[-0,1])", 1),
                  {"tensor \"a\"", "data_offsets: found"}},
        Malformed{"an exponent",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1e0])", 1),
                  {"tensor \"a\"", "data_offsets: found the number \"1e0\""}},
        Malformed{"null",
                  one_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[null,1])", 1),
                  {"tensor \"a\"", "data_offsets: found null"}},
        Malformed{"far beyond the file, wrapping",
                  one_tensor(R"("dtype":"U8","shape":[1],)"
                             R"("data_offsets":[18446744073709551615,18446744073709551615])",
                             1),
                  {"tensor \"a\"", "hold 0 bytes"}},
        Malformed{"at 2^64-2",
                  one_tensor(R"("dtype":"U8","shape":[1],)"
                             R"("data_offsets":[18446744073709551614,18446744073709551615])",
                             1),
                  {"tensor \"a\"", "begins at 18446744073709551614", "a hole"}},
        Malformed{"2^62 bytes in a file of one",
                  one_tensor(R"("dtype":"U8","shape":[1152921504606846976],)"
                             R"("data_offsets":[0,1152921504606846976])",
                             1),
                  {"come to 1152921504606846976 bytes", "holds 1"}},
        Malformed{"hole at the start",
                  layout({{1, 3}}, 3),
                  {"tensor \"a\"", "begins at 1", "a hole", "wanted 0"}},
        Malformed{"hole in the middle",
                  layout({{0, 2}, {3, 4}}, 4),
                  {"tensor \"b\"", "begins at 3", "a hole", "wanted 2"}},
        Malformed{"hole at the end", layout({{0, 2}}, 3), {"come to 2 bytes", "holds 3"}},
        Malformed{"overlap by one",
                  layout({{0, 2}, {1, 3}}, 3),
                  {"tensor \"b\"", "begins at 1", "an overlap", "wanted 2"}},
        Malformed{"the same range twice", layout({{0, 2}, {0, 2}}, 2), {"an overlap"}},
        Malformed{
            "one inside the other", layout({{0, 4}, {1, 2}}, 4), {"tensor \"b\"", "an overlap"}},
        Malformed{"empty tensor inside another",
                  layout({{0, 4}, {2, 2}}, 4),
                  {"tensor \"b\"", "an overlap"}},
        Malformed{"empty tensor beyond the end",
                  layout({{0, 4}, {5, 5}}, 4),
                  {"tensor \"b\"", "a hole"}}));

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
}  // namespace saccade
