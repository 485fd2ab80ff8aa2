#include "app/batch/results/result_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/batch/results/earlier_results.h"
#include "app/batch/results/name_index.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

std::vector<ImageResult> some_results() {
  WrittenMap map{{}, "overlays/a.jpg", ""};
  map.map.method = MapMethod::rollout;
  return {{"caf\xe9.png", {{3, "a \"cat\"", 0.1f}, {1, "dog", 1e-7f}}, ""},
          {"line\nbreak.jpg", {}, "line\nbreak.jpg: is broken"},
          {"a.jpg", {{2, "", 1.0f}}, "", WrittenFiles{{map}, "", ""}}};
}

std::string lines_of(const std::vector<ImageResult>& results) {
  const auto report = make_report(OutputFormat::jsonl, {"model", true, false});
  std::string text;
  for (const ImageResult& result : results) text += report->record(result);
  return text;
}

TEST(ResultReader, ReadsBackWhatWasWritten) {
  const TempDir folder;
  const std::string text = lines_of(some_results());
  folder.write("results.jsonl", text + "{\"file\":\"cut");
  std::vector<ImageResult> read;
  uint64_t end = 0;
  read_results(folder.path() / "results.jsonl", [&](const StoredResult& stored) {
    EXPECT_EQ(stored.begin, end);
    end = stored.begin + stored.size;
    read.push_back(stored.result);
  });
  EXPECT_EQ(end, text.size());
  EXPECT_EQ(lines_of(read), text);
  EXPECT_EQ(read.at(0).file, "caf\xe9.png");
}

TEST(ResultReader, ReportsTheLineThatIsNotARecord) {
  const TempDir folder;
  const std::string good = lines_of({{"a.png", {}, ""}});
  for (const std::string& bad : std::vector<std::string>{
           "no json", "[]", "{}", R"({"file":1,"predictions":[]})", R"({"file":"a"})",
           R"({"file":"a","predictions":[{"index":"x","label":"","score":1}]})",
           R"({"file":"a","file_bytes":"?","predictions":[]})",
           R"({"file":"a","predictions":[],"maps":[{"method":"none"}]})",
           std::string(300'000, '[') + std::string(300'000, ']')}) {
    folder.write("results.jsonl", good + bad + "\n");
    expect_error<UsageError>(
        [&] { read_results(folder.path() / "results.jsonl", [](const StoredResult&) {}); },
        {"results.jsonl: line 2 is not a result record"});
  }
}

TEST(EarlierResults, OrderIsRestored) {
  const TempDir folder;
  Inputs inputs;
  inputs.images = {"b", "c", "a"};
  const NameIndex names(inputs);
  const OutputFolder out(folder.path());
  const auto file = folder.path() / "results.jsonl";
  const std::vector<ImageResult> mixed{{"a", {}, "bad"}, {"gone", {}, ""}, {"b", {}, ""}};
  folder.write("results.jsonl", lines_of(mixed));
  const EarlierResults earlier = read_earlier_results(out, names, 3);
  EXPECT_EQ(earlier.done, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(earlier.records, 3u);
  EXPECT_EQ(earlier.failures.size(), 1u);
  EXPECT_TRUE(put_in_order(out, names));
  std::vector<std::string> order;
  read_results(file, [&](const StoredResult& stored) { order.push_back(stored.result.file); });
  EXPECT_EQ(order, (std::vector<std::string>{"b", "a", "gone"}));
  EXPECT_FALSE(put_in_order(out, names));
  drop_failures(out);
  EXPECT_EQ(read_earlier_results(out, names, 3).records, 2u);
}

TEST(NameIndex, FindsPicturesAndRefusesDuplicateNames) {
  Inputs inputs;
  inputs.root = "root/";
  inputs.images = {"root/b", "root/a", "root/a\xff"};
  const NameIndex names(inputs);
  EXPECT_EQ(names.find("a"), 1u);
  EXPECT_EQ(names.find("a\xff"), 2u);
  EXPECT_EQ(names.find("c"), std::nullopt);
  inputs.images.push_back("root/b");
  expect_error<UsageError>([&] { const NameIndex again(inputs); }, {"b: is given twice"});
}

}  // namespace
}  // namespace saccade
