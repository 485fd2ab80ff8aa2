// Tests of `saccade evaluate`.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The built-in model's predictions for the samples: cat.png is a dog (5), then a cat (3);
/// coffee.png a horse (7); rocket.jpg a deer (4), with ship (8) third. So two of four are correct
/// at top-1 and all at top-5.
void fill(const TempDir& folder, const std::vector<std::string>& names) {
  folder.write("photos/" + names[0] + "/cat.png", read_file(sample("cat.png")));
  folder.write("photos/" + names[1] + "/deep/cat.png", read_file(sample("cat.png")));
  folder.write("photos/" + names[2] + "/coffee.png", read_file(sample("coffee.png")));
  folder.write("photos/" + names[3] + "/rocket.jpg", read_file(sample("rocket.jpg")));
}

const std::vector<std::string> kLabels{"cat", "dog", "Horse", "ship"};

ProcessResult evaluate(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"evaluate", "-q", "--threads", "1"});
  ProcessOptions process;
  process.folder = folder.path();
  return run_saccade(arguments, process);
}

Json report(const TempDir& folder, std::vector<std::string> arguments, int exit_code = 0) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const ProcessResult result = evaluate(folder, arguments);
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  return Json::parse(result.out, nullptr, false);
}

void expect_half_right(const Json& json, const std::string& scheme) {
  EXPECT_EQ(json["classes_by"], scheme);
  EXPECT_EQ(json["pictures"], 4);
  EXPECT_EQ(json["top1"]["correct"], 2);
  EXPECT_EQ(json["topk"], Json::parse(R"({"k":5,"correct":4,"accuracy":1.0})"));
  EXPECT_EQ(json["confusion"], Json::parse("[[3,5,1],[5,5,1],[7,7,1],[8,4,1]]"));
}

TEST(Evaluate, FoldersAreNamedByLabelOrByIndex) {
  const TempDir labels;
  fill(labels, kLabels);
  expect_half_right(report(labels, {"photos"}), "label");
  const TempDir indices;
  fill(indices, {"3", "05", "7", "8"});
  expect_half_right(report(indices, {"photos"}), "index");
  expect_half_right(report(indices, {"photos/", "--classes", "index"}), "index");
}

TEST(Evaluate, SortedAndMappedFoldersAreNeverGuessed) {
  const TempDir folder;
  fill(folder, {"d", "f", "h", "i"});
  const ProcessResult guess = evaluate(folder, {"photos"});
  EXPECT_EQ(guess.exit_code, 2);
  EXPECT_NE(guess.err.find("photos: class \"d\" is not a label of the model"), std::string::npos)
      << guess.err;
  EXPECT_EQ(evaluate(folder, {"photos", "--classes", "sorted"}).exit_code, 2);
  for (const char* name : {"a", "b", "c", "e", "g", "j"}) {
    fs::create_directory(folder.path() / "photos" / name);
  }
  expect_half_right(report(folder, {"photos", "--classes", "sorted"}), "sorted");
  folder.write("map.tsv", "name\tindex\nd\t3\nf\t5\nh\t7\ni\t8\n");
  expect_half_right(report(folder, {"photos", "--class-map", "map.tsv"}), "map");
}

TEST(Evaluate, AListNamesFilesAndClasses) {
  const TempDir folder;
  fill(folder, {"a", "b", "c", "d"});
  const std::string rows =
      "a/cat.png\tcat\nb/deep/cat.png\tdog\nc/coffee.png\thorse\nd/rocket.jpg\tship\n";
  folder.write("photos/list.tsv", "file\tclass\n" + rows);
  expect_half_right(report(folder, {"photos/list.tsv"}), "label");
  folder.write("list.tsv", "file\tlabel\n" + rows);
  expect_half_right(report(folder, {"list.tsv", "--root", "photos"}), "label");
}

TEST(Evaluate, JsonHoldsEverything) {
  const TempDir folder;
  fill(folder, kLabels);
  const Json json = report(folder, {"photos"});
  EXPECT_EQ(json["model"], "built-in");
  EXPECT_EQ(json["input"], "photos");
  EXPECT_EQ(json["settings"]["activation"], "softmax");
  EXPECT_EQ(json["settings"]["precision"], "f32");
  EXPECT_TRUE(json["settings"]["checkpoint"].contains("preprocessing"));
  EXPECT_EQ(json["top1"]["accuracy"], 0.5);
  EXPECT_NEAR(json["top1"]["interval95"][0].get<double>(), 0.150039, 1e-6);
  EXPECT_NEAR(json["top1"]["interval95"][1].get<double>(), 0.849961, 1e-6);
  // precision: cat - (as 0), dog 1/2, horse 1, ship - (as 0); recall 0, 1, 1, 0.
  EXPECT_DOUBLE_EQ(json["macro"]["precision"], 1.5 / 4);
  EXPECT_DOUBLE_EQ(json["macro"]["recall"], 0.5);
  EXPECT_DOUBLE_EQ(json["macro"]["f1"], (2.0 / 3 + 1) / 4);
  ASSERT_EQ(json["classes"].size(), 5u);
  EXPECT_EQ(json["classes"][0],
            Json::parse(R"({"index":3,"label":"cat","pictures":1,"predicted":0,"correct":0,
                            "precision":null,"recall":0.0,"f1":0.0})"));
  EXPECT_EQ(json["classes"][1]["index"], 4);
  EXPECT_EQ(json["classes"][1]["recall"], nullptr);
  // Confidences 0.5430 twice, 0.7140 and 0.7585: bins 8, 10 and 11.
  const Json& calibration = json["calibration"];
  ASSERT_EQ(calibration["bins"].size(), 15u);
  EXPECT_EQ(calibration["bins"][8]["pictures"], 2);
  EXPECT_EQ(calibration["bins"][8]["accuracy"], 0.5);
  EXPECT_EQ(calibration["bins"][0]["confidence"], nullptr);
  EXPECT_NEAR(calibration["ece"].get<double>(), (2 * 0.0430 + 0.2860 + 0.7585) / 4, 1e-4);
  EXPECT_NEAR(calibration["mean_confidence"].get<double>(), 0.63961, 1e-4);
  EXPECT_EQ(json["failures"], Json::array());
}

TEST(Evaluate, UnreadablePicturesAreReportedAndLeftOut) {
  const TempDir folder;
  fill(folder, kLabels);
  folder.write("photos/cat/broken.jpg", "no picture");
  folder.write("photos/loose.png", read_file(sample("cat.png")));
  const Json json = report(folder, {"photos"}, 3);
  expect_half_right(json, "label");
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["failures"][0]["file"], "photos/cat/broken.jpg");
  EXPECT_EQ(json["outside"], 1);
  const ProcessResult text = evaluate(folder, {"photos"});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_NE(text.err.find("photos/cat/broken.jpg: "), std::string::npos) << text.err;
  EXPECT_NE(text.out.find("2 of 4, 95 % interval"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("not counted: 1 picture without an answer (see the errors); 1 picture "
                          "outside class folders"),
            std::string::npos)
      << text.out;

  const TempDir bad;
  bad.write("photos/cat/broken.jpg", "no picture");
  const ProcessResult all = evaluate(bad, {"photos"});
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_EQ(all.out, "");
}

TEST(Evaluate, WritesThePlotTheAnswersAndTheReport) {
  const TempDir folder;
  fill(folder, kLabels);
  folder.write("photos/cat/a, b.jpg", "no picture");
  const std::vector<std::string> arguments{"photos",      "--plot", "plot.png",  "--predictions",
                                           "answers.csv", "-o",     "report.txt"};
  const ProcessResult result = evaluate(folder, arguments);
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(read_file(folder.path() / "plot.png").substr(1, 3), "PNG");
  EXPECT_NE(read_file(folder.path() / "report.txt").find("1  cat -> dog\n"), std::string::npos);
  const auto rows = lines(read_file(folder.path() / "answers.csv"));
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0], "file,class,class_label,predicted,predicted_label,score,rank,error");
  EXPECT_EQ(rows[1].substr(0, 40), "photos/Horse/coffee.png,7,horse,7,horse,");
  EXPECT_EQ(rows[2].substr(0, 38), "\"photos/cat/a, b.jpg\",3,cat,,,,,\"photo") << rows[2];
  EXPECT_EQ(rows[3].substr(0, 35), "photos/cat/cat.png,3,cat,5,dog,0.54");
  EXPECT_TRUE(rows[3].ends_with(",2,")) << rows[3];
  EXPECT_EQ(evaluate(folder, arguments).exit_code, 3) << "results of an earlier run are replaced";
}

TEST(Evaluate, WrongUsage) {
  const TempDir folder;
  fill(folder, kLabels);
  folder.write("cat/cat.png", read_file(sample("cat.png")));
  folder.write("odd/ct/cat.png", "");
  fs::create_directory(folder.path() / "empty");
  folder.write("bad.tsv", "file\tindex\ncat/cat.png\t10\n");
  folder.write("twice.tsv", "file\tindex\ncat/cat.png\t1\ncat/cat.png\t1\n");
  folder.write("columns.tsv", "path\tindex\n");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "takes one folder"},
      {{"photos", "cat"}, "takes one folder"},
      {{"cat"}, "are in no sub-folder"},
      {{"empty"}, "no picture found"},
      {{"odd"}, "class \"ct\" is not a label of the model, the nearest is \"cat\""},
      {{"bad.tsv"}, "class \"10\" is not an index from 0 to 9"},
      {{"twice.tsv"}, "twice.tsv: line 3: \"cat/cat.png\" is listed twice"},
      {{"columns.tsv"}, "columns.tsv: line 1: no column 'file'"},
      {{"photos", "--classes", "alphabet"}, "--classes"},
      {{"photos", "--classes", "label", "--class-map", "bad.tsv"}, "contradict"},
      {{"photos", "--root", "cat"}, "--root is for lists"},
      {{"photos", "--format", "csv"}, "--format"},
      {{"photos", "--plot", "plot.jpg"}, "ends in .png"},
      {{"photos", "--plot", "none/plot.png"}, "its folder does not exist"},
      {{"photos", "-o", "same", "--predictions", "./same"}, "two outputs"},
      {{"photos", "-o", "photos/cat/cat.png"}, "would be overwritten"},
      {{"photos", "--plot", "photos/cat/cat.png"}, "would be overwritten"},
      {{"bad.tsv", "--class-map", "bad.tsv", "-o", "bad.tsv"}, "name and index"},
      {{"photos", "--streams", "0"}, "--streams"}};
  for (const auto& [arguments, complaint] : cases) {
    const ProcessResult result = evaluate(folder, arguments);
    EXPECT_EQ(result.exit_code, 2) << complaint;
    EXPECT_NE(result.err.find(complaint), std::string::npos) << complaint << "\n" << result.err;
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(read_file(folder.path() / "photos/cat/cat.png"), read_file(sample("cat.png")));
  EXPECT_EQ(evaluate(folder, {"none.tsv"}).exit_code, 1);
}

}  // namespace
}  // namespace saccade::test
