#include "weights/base/json_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/files/json_file.h"

namespace saccade {
namespace {

using test::expect_error;
using test::TempDir;

void expect_refused(const std::string& bytes, std::initializer_list<std::string> facts) {
  expect_error<ModelError>([&] { parse_json_object(bytes, "config.json"); }, {"config.json: "});
  expect_error<ModelError>([&] { parse_json_object(bytes, "config.json"); }, facts);
}

/// An object with `levels - 1` nested arrays.
std::string nested(size_t levels) {
  return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

TEST(JsonText, ReadsAnObject) {
  const auto value = parse_json_object(" {\"a\": [1, -2, 0.5, null], \"b\": {\"\\u00e9\": true}}\n",
                                       "config.json");
  EXPECT_EQ(value.at("a").at(1), -2);
  EXPECT_EQ(value.at("a").at(2), 0.5);
  EXPECT_TRUE(value.at("a").at(3).is_null());
  EXPECT_EQ(value.at("b").at("\xc3\xa9"), true);
}

TEST(JsonText, TheLastOfTwoEqualKeysCounts) {
  const auto value = parse_json_object(R"({"a":{"b":1},"a":{"c":2}})", "config.json");
  EXPECT_EQ(value.dump(), R"({"a":{"c":2}})");
}

TEST(JsonText, NamesThePlaceOfAnError) {
  expect_refused("{\n  \"a\": 1,\n  \"b\" 2\n}", {"not valid JSON", "line 3, column 7: ", "':'"});
  expect_refused("{\"a\" x", {"line 1, column 6: "});
  expect_refused("{\n", {"line 2, column 1: ", "end of input"});
}

TEST(JsonText, RefusesWhatIsNotStrictJson) {
  for (const std::string bytes : {"",
                                  " ",
                                  "{",
                                  "{}}",
                                  "{} {}",
                                  "{'a':1}",
                                  "{\"a\":1,}",
                                  "{\"a\":[1,]}",
                                  "{\"a\":NaN}",
                                  "{\"a\":Infinity}",
                                  "{\"a\":01}",
                                  "{\"a\":+1}",
                                  "{\"a\":.5}",
                                  "{\"a\":0x1}",
                                  "{\"a\":1e999}",
                                  "{\"a\":\"\n\"}",
                                  "{\"a\":\"\\x\"}",
                                  "{\"a\":\"\\ud800\"}",
                                  "{/**/}",
                                  "{}//",
                                  "{\"a\":\"\xff\"}",
                                  "{\"\xc3\":1}",
                                  "{\"a\":\"\xed\xa0\x80\"}",
                                  "{\"a\":True}",
                                  "{1:2}"}) {
    expect_refused(bytes, {"not valid JSON"});
  }
}

TEST(JsonText, RefusesNulBytes) {
  expect_refused(std::string("{}\0", 3), {"NUL byte at offset 2"});
  expect_refused(std::string("{}\0garbage", 10), {"NUL byte at offset 2"});
}

TEST(JsonText, TheTopMustBeAnObject) {
  expect_refused("[]", {"JSON array", "wanted an object"});
  expect_refused("\"a\"", {"JSON string", "wanted an object"});
  expect_refused("null", {"JSON null", "wanted an object"});
  expect_refused("1", {"JSON number", "wanted an object"});
}

TEST(JsonText, LimitsTheDepth) {
  EXPECT_NO_THROW(parse_json_object(nested(64), "config.json"));
  expect_refused(nested(65), {"deeper than 64 levels"});
  expect_refused("{\"a\":" + std::string(10'000'000, '['), {"deeper than 64 levels"});
  EXPECT_NO_THROW(parse_json_object(nested(3), "config.json", 3));
  EXPECT_THROW(parse_json_object(nested(4), "config.json", 3), ModelError);
}

TEST(JsonText, ALongBrokenTokenIsCut) {
  try {
    parse_json_object("{\"" + std::string(1'000'000, 'x'), "config.json");
    FAIL() << "accepted";
  } catch (const ModelError& error) {
    EXPECT_LT(std::string(error.what()).size(), 400u);
  }
}

TEST(JsonFile, ReadsAndNamesItsPath) {
  const TempDir dir;
  EXPECT_EQ(read_json_file(dir.write("good.json", "{\"a\":1}")).at("a"), 1);
  const auto bad = dir.write("bad.json", "{\"a\":}");
  expect_error<ModelError>([&] { read_json_file(bad); }, {bad.string(), "line 1, column 6"});
  const auto empty = dir.write("empty.json", "");
  expect_error<ModelError>([&] { read_json_file(empty); }, {empty.string(), "not valid JSON"});
}

TEST(JsonFile, UnreadablePathsAreSystemErrors) {
  const TempDir dir;
  const auto missing = dir.path() / "no.json";
  expect_error<SystemError>([&] { read_json_file(missing); }, {missing.string(), "No such file"});
  expect_error<SystemError>([&] { read_json_file(dir.path()); }, {"is a folder"});
}

TEST(JsonFile, RefusesAFileOver64Megabytes) {
  const TempDir dir;
  const auto path = dir.write("big.json", "{}");
  std::filesystem::resize_file(path, 64'000'001);  // sparse
  expect_error<ModelError>([&] { read_json_file(path); },
                           {path.string(), "64000001 bytes", "at most 64000000"});
}

TEST(Quote, EscapesAndCuts) {
  EXPECT_EQ(quote("a b"), "\"a b\"");
  EXPECT_EQ(quote("\"\\\n\r\t\x1b\x7f\xc3\xa9"), "\"\\\"\\\\\\n\\r\\t\\x1b\\x7f\xc3\xa9\"");
  EXPECT_EQ(quote(std::string_view("\0", 1)), R"("\x00")");
  EXPECT_EQ(quote(std::string(120, 'x')), '"' + std::string(120, 'x') + '"');
  EXPECT_EQ(quote(std::string(121, 'x')), '"' + std::string(120, 'x') + "\"...");
}

}  // namespace
}  // namespace saccade
