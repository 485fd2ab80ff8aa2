// Tests of `saccade evaluate-maps`.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const char* const kList =
    "file\tindex\tx0\ty0\tx1\ty1\n"
    "cat.png\t3\t100\t50\t300\t250\n"
    "rocket.jpg\t0\t200\t0\t300\t400\n";

std::string samples() { return source_path("tests/samples").string(); }

TEST(EvaluateMaps, MeasuresEveryMapAndBothBaselines) {
  const TempDir folder;
  const std::string list = folder.write("list.tsv", kList).string();
  const ProcessResult result =
      run_saccade({"evaluate-maps", list, "--root", samples(), "--format", "json", "--steps", "4"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, kBuiltinNote);
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["pictures"], 2);
  EXPECT_EQ(report["classes"], "top");
  EXPECT_EQ(report["steps"], 4);
  EXPECT_EQ(report["precision"], "f32");
  std::string names;
  for (const Json& map : report["maps"]) {
    names += map["map"].get<std::string>() + " ";
    for (const char* share : {"energy", "rank_energy", "iou", "deletion", "insertion"}) {
      EXPECT_GT(map[share], 0) << map;
      EXPECT_LT(map[share], 1) << map;
    }
  }
  EXPECT_EQ(names, "saccade relevance gradcam rollout attention random centred ");
}

TEST(EvaluateMaps, ABoxRoundThePictureIsAlwaysFoundAndOneInACornerIsNot) {
  const TempDir folder;
  const auto maps_for = [&](const std::string& box) {
    const std::string header = "file\tindex\tx0\ty0\tx1\ty1\n";
    const std::string list =
        folder.write("list.tsv", header + "cat.png\t3\t" + box + "rocket.jpg\t0\t" + box).string();
    const ProcessResult result = run_saccade(
        {"evaluate-maps", list, "--root", samples(), "--format", "json", "--steps", "0"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out)["maps"];
  };
  for (const Json& map : maps_for("0\t0\t640\t427\n")) {
    EXPECT_NEAR(map["pointing"].get<double>(), 2, 1e-9) << map;
    EXPECT_NEAR(map["energy"].get<double>(), 1, 1e-6) << map;
  }
  const Json centred = maps_for("0\t0\t9\t9\n").back();
  EXPECT_EQ(centred["map"], "centred");
  EXPECT_EQ(centred["pointing"], 0) << centred;
}

TEST(EvaluateMaps, WithoutBoxesOnlyPerturbs) {
  const TempDir folder;
  const std::string list = folder.write("list.tsv", "file\tindex\ncat.png\t3\n").string();
  const ProcessResult result =
      run_saccade({"evaluate-maps", list, "--root", samples(), "--format", "json", "--steps", "2",
                   "--method", "relevance", "--class-from", "list"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["classes"], "list");
  ASSERT_EQ(report["maps"].size(), 3u);
  EXPECT_FALSE(report["maps"][0].contains("energy"));
  EXPECT_TRUE(report["maps"][0].contains("deletion"));
}

TEST(EvaluateMaps, ABadPictureIsLeftOut) {
  const TempDir folder;
  const std::string list =
      folder.write("list.tsv", std::string(kList) + "none.jpg\t0\t0\t0\t9\t9\n").string();
  const ProcessResult result = run_saccade(
      {"evaluate-maps", list, "--root", samples(), "--steps", "0", "--method", "rollout"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_NE(result.err.find("none.jpg: "), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("2 pictures"), std::string::npos) << result.out;

  const std::string bad = folder.write("bad.tsv", "file\tindex\nnone.jpg\t0\n").string();
  EXPECT_EQ(run_saccade({"evaluate-maps", bad, "--steps", "1"}).exit_code, 1);
}

TEST(EvaluateMaps, WrongUsage) {
  const TempDir folder;
  const std::string list = folder.write("list.tsv", "file\tindex\ncat.png\t200\n").string();
  const ProcessResult no_class = run_saccade({"evaluate-maps", list, "--root", samples()});
  EXPECT_EQ(no_class.exit_code, 2);
  EXPECT_NE(no_class.err.find("cat.png has class 200; the model has classes 0 to 199"),
            std::string::npos)
      << no_class.err;
  EXPECT_EQ(run_saccade({"evaluate-maps"}).exit_code, 2);
  EXPECT_EQ(run_saccade({"evaluate-maps", list, list}).exit_code, 2);
  EXPECT_EQ(run_saccade({"evaluate-maps", list, "--format", "csv"}).exit_code, 2);
  EXPECT_EQ(run_saccade({"evaluate-maps", list, "--method", "saliency"}).exit_code, 2);
  EXPECT_EQ(run_saccade({"evaluate-maps", (folder.path() / "none.tsv").string()}).exit_code, 1);
}

TEST(EvaluateMaps, RefusesToOverwriteInputs) {
  const TempDir folder;
  const fs::path list = folder.write("list.tsv", "file\tindex\ncat.png\t3\n");
  const fs::path photo = folder.write("cat.png", read_file(sample("cat.png")));
  for (const fs::path& output : {list, photo}) {
    const std::string before = read_file(output);
    const ProcessResult result =
        run_saccade({"evaluate-maps", list.string(), "-o", output.string()});
    EXPECT_EQ(result.exit_code, 2) << output;
    EXPECT_EQ(read_file(output), before) << output;
  }
  const ProcessResult nothing = run_saccade({"evaluate-maps", list.string(), "--steps", "0"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.err.find("nothing to measure"), std::string::npos) << nothing.err;
}

// Compares with measures of maps made with PyTorch.
TEST(EvaluateMaps, ScoresRealMapsAsTheReference) {
  SACCADE_NEED_SHARED("images/boxes");
  SACCADE_NEED_SHARED("models/deit-tiny-patch16-224");
  const ProcessResult result =
      run_saccade({"evaluate-maps", shared_path("images/boxes/boxes.tsv").string(), "-m",
                   shared_path("models/deit-tiny-patch16-224").string(), "--format", "json",
                   "--steps", "0", "--method", "attention,rollout,relevance,saccade"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  struct Wanted {
    const char* map;
    int pointing;
    double energy, rank_energy, iou;
  };
  const Json maps = Json::parse(result.out)["maps"];
  size_t place = 0;
  for (const Wanted& wanted :
       {Wanted{"attention", 18, 0.450, 0.472, 0.236}, Wanted{"rollout", 32, 0.467, 0.467, 0.319},
        Wanted{"relevance", 38, 0.568, 0.506, 0.374}, Wanted{"saccade", 43, 0.631, 0.529, 0.438}}) {
    const Json& found = maps.at(place++);
    EXPECT_EQ(found["map"], wanted.map);
    EXPECT_EQ(found["pointing"], wanted.pointing) << wanted.map;
    EXPECT_NEAR(found["energy"], wanted.energy, 0.0015) << wanted.map;
    EXPECT_NEAR(found["rank_energy"], wanted.rank_energy, 0.0015) << wanted.map;
    EXPECT_NEAR(found["iou"], wanted.iou, 0.0015) << wanted.map;
  }
}

}  // namespace
}  // namespace saccade::test
