// Malformed headers: the frame around the JSON, the JSON itself, duplicate keys, metadata.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/safetensors_bytes.h"
#include "tests/unit/weights/files/malformed_safetensors.h"

namespace saccade::test {
namespace {

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

}  // namespace
}  // namespace saccade::test
