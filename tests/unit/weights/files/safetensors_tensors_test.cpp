// Malformed tensors in a header: their fields, shapes and offsets.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/safetensors_bytes.h"
#include "tests/unit/weights/files/malformed_safetensors.h"

namespace saccade::test {
namespace {

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

}  // namespace
}  // namespace saccade::test
