#include "app/results/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace saccade {
namespace {

const ImageResult kCat{"cat.png", {{5, "dog", 0.5429542f}, {3, "tabby, cat", 1e-5f}}, ""};
const ImageResult kFailed{"no.png", {}, "no.png: says \"no\", twice"};
const ReportStyle kStyle{"vit", true, false};

std::string whole(OutputFormat format, const std::vector<ImageResult>& results,
                  const ReportStyle& style = kStyle) {
  const auto report = make_report(format, style);
  std::string text = report->head();
  for (const ImageResult& result : results) text += report->record(result);
  return text + report->tail();
}

TEST(TextReport, PercentagesAreAligned) {
  EXPECT_EQ(whole(OutputFormat::text, {{"a.png", {{0, "x", 1.0f}, {1, "y", 0.00004f}}, ""}}),
            "a.png\n"
            "  100.00%  x\n"
            "    0.00%  y\n");
}

TEST(TextReport, LogitsAreAlignedNumbers) {
  EXPECT_EQ(whole(OutputFormat::text, {{"a.png", {{0, "x", 12.5f}, {1, "y", -0.25f}}, ""}},
                  {"vit", false, false}),
            "a.png\n"
            "  12.5000  x\n"
            "  -0.2500  y\n");
}

TEST(TextReport, SaysWhenItIsNotSure) {
  ReportStyle style = kStyle;
  style.unsure_below = 0.5f;
  EXPECT_EQ(whole(OutputFormat::text, {kCat}, style), whole(OutputFormat::text, {kCat}));
  style.unsure_below = 0.6f;
  EXPECT_EQ(whole(OutputFormat::text, {kCat}, style),
            whole(OutputFormat::text, {kCat}) +
                "  not sure: perhaps no class fits; use -m for another model\n");
}

ImageResult cat_with_files() {
  ImageResult cat = kCat;
  cat.written.emplace();
  cat.written->maps = {
      {{MapMethod::relevance, {}, {}, 5, 3, {}}, "o/cat_r\n.png", "o/cat_r.npy"},
      {{MapMethod::attention, 2, HeadSelection{}, {}, {}, PatchPosition{1, 4}}, "", "o/cat_a.npy"}};
  cat.written->panel = "o/cat_panel.png";
  cat.written->page = "o/cat_explorer.html";
  return cat;
}

TEST(TextReport, FilesFollowThePredictions) {
  EXPECT_EQ(whole(OutputFormat::text, {cat_with_files()}), whole(OutputFormat::text, {kCat}) +
                                                               "    o/cat_r\\n.png\n"
                                                               "    o/cat_r.npy\n"
                                                               "    o/cat_a.npy\n"
                                                               "    o/cat_panel.png\n"
                                                               "    o/cat_explorer.html\n");
}

TEST(JsonReport, FilesFollowThePredictions) {
  std::string expected = whole(OutputFormat::jsonl, {kCat});
  expected.resize(expected.size() - 2);  // "}\n"
  EXPECT_EQ(whole(OutputFormat::jsonl, {cat_with_files()}),
            expected + R"(,"maps":[{"method":"relevance","class":5,"versus":3,)"
                       R"("file":"o/cat_r\n.png","raw":"o/cat_r.npy"},)"
                       R"({"method":"attention","layer":2,"head":"mean","query":[1,4],)"
                       R"("raw":"o/cat_a.npy"}],"panel":"o/cat_panel.png",)"
                       R"("page":"o/cat_explorer.html"})"
                       "\n");
}

TEST(TextReport, FailuresAreLeftToStandardErrorAndEmptyResultsAreTold) {
  EXPECT_EQ(whole(OutputFormat::text, {kFailed, {"a.png", {}, ""}}),
            "a.png\n"
            "  (no class reaches the threshold)\n");
}

TEST(TextReport, ColourSurroundsTheNameAndTheBest) {
  EXPECT_EQ(whole(OutputFormat::text, {{"a.png", {{0, "x", 0.5f}, {1, "y", 0.5f}}, ""}},
                  {"vit", true, true}),
            "\x1b[1ma.png\x1b[0m\n"
            "  \x1b[32m 50.00%  x\x1b[0m\n"
            "   50.00%  y\n");
}

TEST(TextReport, ControlCharactersAreEscaped) {
  EXPECT_EQ(whole(OutputFormat::text, {{"a\x1b[2J", {{0, "x\ny\xc2\x9b", 0.5f}}, ""}}),
            "a\\x1b[2J\n"
            "   50.00%  x\\ny\\xc2\\x9b\n");
}

TEST(JsonReport, IsAnArrayWithOneRecordALine) {
  EXPECT_EQ(whole(OutputFormat::json, {kCat, kFailed}),
            "[\n"
            "  {\"file\":\"cat.png\",\"model\":\"vit\",\"predictions\":["
            "{\"index\":5,\"label\":\"dog\",\"score\":0.5429542},"
            "{\"index\":3,\"label\":\"tabby, cat\",\"score\":1e-05}]},\n"
            "  {\"file\":\"no.png\",\"model\":\"vit\",\"predictions\":[],"
            "\"error\":\"no.png: says \\\"no\\\", twice\"}\n"
            "]\n");
}

TEST(JsonReport, NoResultsAreAnEmptyArray) {
  EXPECT_TRUE(nlohmann::json::parse(whole(OutputFormat::json, {})).empty());
}

TEST(JsonLinesReport, IsOneObjectALine) {
  EXPECT_EQ(whole(OutputFormat::jsonl, {kFailed, kFailed}),
            "{\"file\":\"no.png\",\"model\":\"vit\",\"predictions\":[],"
            "\"error\":\"no.png: says \\\"no\\\", twice\"}\n"
            "{\"file\":\"no.png\",\"model\":\"vit\",\"predictions\":[],"
            "\"error\":\"no.png: says \\\"no\\\", twice\"}\n");
}

TEST(JsonLinesReport, BytesThatAreNotUtf8AreReplacedAndKeptBeside) {
  EXPECT_EQ(whole(OutputFormat::jsonl, {{"\xe9", {}, ""}}),
            "{\"file\":\"\xef\xbf\xbd\",\"model\":\"vit\",\"predictions\":[],"
            "\"file_bytes\":\"6Q==\"}\n");
}

TEST(Reports, ScoresReadBackAsTheSameFloat) {
  for (const float score : {0.1f, 1.0f / 3, 0.99999994f, 1e-38f, 123456.79f}) {
    const ImageResult result{"a", {{0, "x", score}}, ""};
    const auto json = nlohmann::json::parse(whole(OutputFormat::jsonl, {result}));
    EXPECT_EQ(json["predictions"][0]["score"].get<float>(), score);
    const std::string csv = whole(OutputFormat::csv, {result});
    EXPECT_EQ(std::strtof(csv.c_str() + csv.find(",x,") + 3, nullptr), score);
  }
}

TEST(CsvReport, ARowAClassAndARowAFailure) {
  EXPECT_EQ(whole(OutputFormat::csv, {kCat, kFailed}),
            "file,rank,index,label,score,error\n"
            "cat.png,1,5,dog,0.5429542,\n"
            "cat.png,2,3,\"tabby, cat\",1e-05,\n"
            "no.png,,,,,\"no.png: says \"\"no\"\", twice\"\n");
}

TEST(CsvReport, QuotesOnlyWhatNeedsIt) {
  const auto row = [](const std::string& file) {
    return whole(OutputFormat::csv, {{file, {}, ""}}).substr(34);
  };
  EXPECT_EQ(row("plain name"), "plain name,,,,,\n");
  EXPECT_EQ(row("a,b"), "\"a,b\",,,,,\n");
  EXPECT_EQ(row("a\"b"), "\"a\"\"b\",,,,,\n");
  EXPECT_EQ(row("a\nb"), "\"a\nb\",,,,,\n");
  EXPECT_EQ(row("a\rb"), "\"a\rb\",,,,,\n");
}

// What a spreadsheet would run gets an apostrophe; numbers of the model stay numbers.
TEST(CsvReport, FormulasAreDisarmed) {
  const auto row = [](const std::string& file, CsvFormulas formulas) {
    return whole(OutputFormat::csv, {{file, {}, ""}}, {.model = "vit", .formulas = formulas})
        .substr(34);
  };
  for (const std::string name : {"=1", "+1", "-1", "@x", "\tx", "\xef\xbc\x9d", "\xef\xbc\x8b",
                                 "\xef\xbc\x8d", "\xef\xbc\xa0"}) {
    EXPECT_EQ(row(name, CsvFormulas::disarmed), "'" + name + ",,,,,\n");
    EXPECT_EQ(row(name, CsvFormulas::kept), name + ",,,,,\n");
  }
  for (const std::string name : {"\rx", "\nx", "=\",\""}) {
    EXPECT_TRUE(row(name, CsvFormulas::disarmed).starts_with("\"'")) << name;
  }
  EXPECT_EQ(row("a=1", CsvFormulas::disarmed), "a=1,,,,,\n");
  EXPECT_EQ(whole(OutputFormat::csv, {{"a", {{3, "-x", -2.5f}}, ""}, {"b", {}, "=c: no"}}),
            "file,rank,index,label,score,error\n"
            "a,1,3,'-x,-2.5,\n"
            "b,,,,,'=c: no\n");
}

TEST(CsvReport, IsUtf8WhateverAFileIsCalled) {
  EXPECT_EQ(whole(OutputFormat::csv, {{"caf\xe9,\xc3\xa9.png", {}, "caf\xe9.png: bad"}}),
            "file,rank,index,label,score,error\n"
            "\"caf\xef\xbf\xbd,\xc3\xa9.png\",,,,,caf\xef\xbf\xbd.png: bad\n");
}

}  // namespace
}  // namespace saccade
