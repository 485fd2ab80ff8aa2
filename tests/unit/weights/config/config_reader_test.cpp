#include "weights/config/config_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;

// What is read as `key`, from a file that holds nothing else.
ConfigReader reader(const std::string& value) {
  return ConfigReader(json::parse("{\"key\": " + value + "}"), "dir/config.json", "config.json");
}

// Every one of `values` is an error that names the file, the key and the value.
template <typename Read>
void expect_refused(const std::vector<std::string>& values, Read read) {
  for (const std::string& value : values) {
    SCOPED_TRACE(value);
    expect_error<ModelError>([&] { read(reader(value)); },
                             {"dir/config.json: \"key\" is ", "; wanted "});
  }
}

TEST(ConfigReader, NullIsAbsent) {
  const ConfigReader config = reader("null");
  EXPECT_FALSE(config.has("key"));
  EXPECT_FALSE(config.has("other"));
  EXPECT_EQ(config.integer("key", 1, 2), std::nullopt);
  EXPECT_EQ(config.number("key", 1, 2), std::nullopt);
  EXPECT_EQ(config.boolean("key"), std::nullopt);
  EXPECT_EQ(config.text("key"), std::nullopt);
  EXPECT_EQ(config.numbers("key", 1, 2), std::nullopt);
  EXPECT_EQ(config.texts("key"), std::nullopt);
  EXPECT_EQ(config.size("key"), std::nullopt);
  EXPECT_FALSE(config.object("key").has_value());
}

TEST(ConfigReader, Integers) {
  EXPECT_EQ(reader("224").integer("key", 1, 1000), 224);
  EXPECT_EQ(reader("224.0").integer("key", 1, 1000), 224);
  EXPECT_EQ(reader("-3").integer("key", -3, 1000), -3);
  EXPECT_EQ(reader("9223372036854775807").integer("key", 1, INT64_MAX), INT64_MAX);
  expect_refused({"0", "1001", "-1", "1.5", "1e308", "-1e308", "1e15", "9223372036854775808",
                  "18446744073709551615", "-9223372036854775808", "1000000000000", "\"5\"", "true",
                  "[5]", "{\"a\": 5}"},
                 [](const ConfigReader& config) { config.integer("key", 1, 1000); });
}

TEST(ConfigReader, Numbers) {
  EXPECT_EQ(reader("0.875").number("key", 0, 1), 0.875);
  EXPECT_EQ(reader("1").number("key", 0, 1), 1.0);
  expect_refused(
      {"1.0000001", "-1e-300", "1e308", "18446744073709551615", "\"0.5\"", "false", "[]"},
      [](const ConfigReader& config) { config.number("key", 0, 1); });
}

TEST(ConfigReader, ListsOfNumbers) {
  EXPECT_EQ(reader("[1, 0.5, -1]").numbers("key", -1, 1), (std::vector<double>{1, 0.5, -1}));
  EXPECT_EQ(reader("[]").numbers("key", -1, 1), std::vector<double>{});
  expect_refused({"1", "[1, \"2\"]", "[null]", "[[1]]", "[1e308]", "[1, -1.5]", "{}", "\"[1]\""},
                 [](const ConfigReader& config) { config.numbers("key", -1, 1); });
}

TEST(ConfigReader, TextsAndTruth) {
  EXPECT_EQ(reader("\"gelu\"").text("key"), "gelu");
  EXPECT_EQ(reader("[\"a\", \"\"]").texts("key"), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(reader("true").boolean("key"), true);
  expect_refused({"5", "true", "[\"a\"]", "{}"},
                 [](const ConfigReader& config) { config.text("key"); });
  expect_refused({"\"a\"", "[1]", "[null]", "{}", "[[\"a\"]]"},
                 [](const ConfigReader& config) { config.texts("key"); });
  expect_refused({"0", "1", "\"true\"", "[]"},
                 [](const ConfigReader& config) { config.boolean("key"); });
}

TEST(ConfigReader, Sizes) {
  EXPECT_EQ(reader("224").size("key"), (ImageSize{224, 224}));
  EXPECT_EQ(reader("[224]").size("key"), (ImageSize{224, 224}));
  EXPECT_EQ(reader("[224, 160.0]").size("key"), (ImageSize{224, 160}));
  EXPECT_EQ(reader("16384").size("key"), (ImageSize{16384, 16384}));
  expect_refused({"0", "-224", "16385", "1e308", "224.5", "\"224\"", "[]", "[1, 2, 3]", "[224, 0]",
                  "[[224, 224]]", "[224, null]", "true", "{\"height\": 224}"},
                 [](const ConfigReader& config) { config.size("key"); });
}

TEST(ConfigReader, InnerObjectsNameTheirPath) {
  const ConfigReader outer(json::parse(R"({"size": {"inner": {"height": -4}}, "flat": 3})"),
                           "f.json", "config.json");
  const ConfigReader inner = *outer.object("size")->object("inner");
  EXPECT_EQ(inner.file(), "f.json");
  EXPECT_EQ(inner.source(), "config.json");
  expect_error<ModelError>([&] { inner.integer("height", 1, 9); },
                           {"f.json: \"size.inner.height\" is -4; wanted an integer from 1 to 9"});
  expect_error<ModelError>([&] { outer.object("flat"); }, {"\"flat\" is 3; wanted an object"});
}

TEST(ConfigReader, ErrorsAreOneShortLineWhateverTheFileHolds) {
  const std::string nasty = "\x1b[31m\n\r\x7f\xc3\xa9\"";
  const ConfigReader config(json{{"key", nasty}, {"long", std::string(100'000, 'x')}, {nasty, 5}},
                            "config.json", "config.json");
  for (const std::string& key : {std::string("key"), std::string("long"), nasty}) {
    try {
      config.boolean(key);
      ADD_FAILURE() << "no error";
    } catch (const ModelError& error) {
      const std::string text = error.what();
      EXPECT_LT(text.size(), 300u);
      for (const char c : text) {  // no control characters; UTF-8 is shown as it is
        const int byte = static_cast<unsigned char>(c);
        EXPECT_TRUE(byte >= 0x20 && byte != 0x7f) << "byte " << byte;
      }
    }
  }
}

TEST(Resolve, NotesWhereAValueCameFrom) {
  Provenance sources;
  const ConfigReader config = reader("7");
  EXPECT_EQ(resolve<int64_t>(sources, "a", config, config.integer("key", 1, 9), 3), 7);
  EXPECT_EQ(resolve<int64_t>(sources, "b", config, config.integer("none", 1, 9), 3), 3);
  EXPECT_EQ(sources, (Provenance{{"a", "config.json"}, {"b", "family default"}}));
}

TEST(TextOf, OnlyTextsAreTakenAsTheyAre) {
  EXPECT_EQ(text_of("a\tb"), "a\tb");
  EXPECT_EQ(text_of(12), "12");
  EXPECT_EQ(text_of(json::array({1, "x"})), "[1,\"x\"]");
}

}  // namespace
}  // namespace saccade
