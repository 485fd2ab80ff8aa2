// Tests of `saccade evaluate`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The classes of this test: "dog" is the built-in model's answer for cat.png and "cat" the second
/// one; "horse" is the answer for coffee.png; "deer" that for rocket.jpg, and "ship" a lesser one.
/// So of the four pictures of fill() two are correct at top-1 and all at top-5.
struct Classes {
  Classes() {
    const std::vector<Answer> of_cat = builtin_answers("cat.png");
    const std::vector<Answer> of_rocket = builtin_answers("rocket.jpg");
    dog = of_cat[0].index;
    cat = of_cat[1].index;
    horse = builtin_answers("coffee.png")[0].index;
    deer = of_rocket[0].index;
    ship = std::find_if(of_rocket.begin() + 1, of_rocket.end(), [&](const Answer& answer) {
             return answer.index != dog && answer.index != cat && answer.index != horse;
           })->index;
  }

  /// The lines of a file for --labels.
  std::string labels() const {
    std::string text;
    for (int64_t i = 0; i < kBuiltinClasses; ++i) text += label(i) + '\n';
    return text;
  }

  std::string label(int64_t index) const {
    return index == dog     ? "dog"
           : index == cat   ? "cat"
           : index == horse ? "horse"
           : index == deer  ? "deer"
           : index == ship  ? "ship"
                            : fmt::format("other {}", index);
  }

  int64_t dog, cat, horse, deer, ship;
};

const Classes& classes() {
  static const Classes classes;
  return classes;
}

void fill(const TempDir& folder, const std::vector<std::string>& names) {
  folder.write("photos/" + names[0] + "/cat.png", read_file(sample("cat.png")));
  folder.write("photos/" + names[1] + "/deep/cat.png", read_file(sample("cat.png")));
  folder.write("photos/" + names[2] + "/coffee.png", read_file(sample("coffee.png")));
  folder.write("photos/" + names[3] + "/rocket.jpg", read_file(sample("rocket.jpg")));
}

const std::vector<std::string> kLabels{"cat", "dog", "Horse", "ship"};

ProcessResult evaluate(const TempDir& folder, std::vector<std::string> arguments) {
  folder.write("labels.txt", classes().labels());
  arguments.insert(arguments.begin(),
                   {"evaluate", "-q", "--threads", "1", "--labels", "labels.txt"});
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
  const auto& [dog, cat, horse, deer, ship] = classes();
  std::vector<std::vector<int64_t>> confusion{
      {cat, dog, 1}, {dog, dog, 1}, {horse, horse, 1}, {ship, deer, 1}};
  std::sort(confusion.begin(), confusion.end());
  EXPECT_EQ(json["confusion"], Json(confusion));
}

TEST(Evaluate, FoldersAreNamedByLabelOrByIndex) {
  const TempDir labels;
  fill(labels, kLabels);
  expect_half_right(report(labels, {"photos"}), "label");
  const TempDir indices;
  fill(indices, {std::to_string(classes().cat), "0" + std::to_string(classes().dog),
                 std::to_string(classes().horse), std::to_string(classes().ship)});
  expect_half_right(report(indices, {"photos"}), "index");
  expect_half_right(report(indices, {"photos/", "--classes", "index"}), "index");
}

TEST(Evaluate, SortedAndMappedFoldersAreNeverGuessed) {
  const TempDir folder;
  const auto name = [](int64_t index) { return fmt::format("c{:03}", index); };
  std::vector<std::string> names;
  std::string map = "name\tindex\n";
  for (const int64_t index : {classes().cat, classes().dog, classes().horse, classes().ship}) {
    names.push_back(name(index));
    map += fmt::format("{}\t{}\n", name(index), index);
  }
  fill(folder, names);
  const ProcessResult guess = evaluate(folder, {"photos"});
  EXPECT_EQ(guess.exit_code, 2);
  EXPECT_NE(guess.err.find("is not a label of the model"), std::string::npos) << guess.err;
  EXPECT_EQ(evaluate(folder, {"photos", "--classes", "sorted"}).exit_code, 2);
  for (int64_t i = 0; i < kBuiltinClasses; ++i) {
    fs::create_directories(folder.path() / "photos" / name(i));
  }
  expect_half_right(report(folder, {"photos", "--classes", "sorted"}), "sorted");
  folder.write("map.tsv", map);
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

/// Fifteen bins of the confidences of the four answers, of which cat.png's is there twice.
void expect_calibration(const Json& calibration) {
  ASSERT_EQ(calibration["bins"].size(), 15u);
  const double scores[] = {builtin_answers("cat.png")[0].score, builtin_answers("cat.png")[0].score,
                           builtin_answers("coffee.png")[0].score,
                           builtin_answers("rocket.jpg")[0].score};
  const double correct[] = {0, 1, 1, 0};
  double mean = 0, ece = 0;
  for (size_t bin = 0; bin < 15; ++bin) {
    double count = 0, confidence = 0, right = 0;
    for (size_t i = 0; i < 4; ++i) {
      if (std::min(size_t(scores[i] * 15), size_t{14}) != bin) continue;
      ++count;
      confidence += scores[i];
      right += correct[i];
    }
    EXPECT_EQ(calibration["bins"][bin]["pictures"], count);
    EXPECT_EQ(calibration["bins"][bin]["accuracy"], count > 0 ? Json(right / count) : Json());
    mean += confidence / 4;
    ece += std::abs(right - confidence) / 4;
  }
  EXPECT_NEAR(calibration["ece"].get<double>(), ece, 1e-6);
  EXPECT_NEAR(calibration["mean_confidence"].get<double>(), mean, 1e-6);
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
  for (const Json& one : json["classes"]) {
    if (one["label"] == "cat") {
      EXPECT_EQ(one, Json::parse(R"({"index":)" + std::to_string(classes().cat) +
                                 R"(,"label":"cat","pictures":1,"predicted":0,"correct":0,
                                 "precision":null,"recall":0.0,"f1":0.0})"));
    }
    if (one["label"] == "deer") {
      EXPECT_EQ(one["recall"], nullptr);
    }
  }
  expect_calibration(json["calibration"]);
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
  const auto expect_row = [&](size_t row, const std::string& start) {
    EXPECT_EQ(rows[row].substr(0, start.size()), start);
  };
  const auto& [dog, cat, horse, deer, ship] = classes();
  expect_row(1, fmt::format("photos/Horse/coffee.png,{0},horse,{0},horse,0.", horse));
  expect_row(2, fmt::format("\"photos/cat/a, b.jpg\",{},cat,,,,,\"photo", cat));
  expect_row(3, fmt::format("photos/cat/cat.png,{},cat,{},dog,0.", cat, dog));
  EXPECT_TRUE(rows[3].ends_with(",2,")) << rows[3];
  EXPECT_EQ(evaluate(folder, arguments).exit_code, 3) << "results of an earlier run are replaced";
}

TEST(Evaluate, WrongUsage) {
  const TempDir folder;
  fill(folder, kLabels);
  folder.write("cat/cat.png", read_file(sample("cat.png")));
  folder.write("odd/ct/cat.png", "");
  fs::create_directory(folder.path() / "empty");
  folder.write("bad.tsv", "file\tindex\ncat/cat.png\t200\n");
  folder.write("twice.tsv", "file\tindex\ncat/cat.png\t1\ncat/cat.png\t1\n");
  folder.write("columns.tsv", "path\tindex\n");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "takes one folder"},
      {{"photos", "cat"}, "takes one folder"},
      {{"cat"}, "are in no sub-folder"},
      {{"empty"}, "no picture found"},
      {{"odd"}, "class \"ct\" is not a label of the model, the nearest is \"cat\""},
      {{"bad.tsv"}, "class \"200\" is not an index from 0 to 199"},
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
