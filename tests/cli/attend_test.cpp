// Tests of `saccade attend`: output, files and errors.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Names = std::set<std::string>;

/// Runs attend with the built-in model, quietly and on one thread, with output in `folder`.
ProcessResult attend(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"attend", "-q", "--threads", "1", "-o", folder.path().string()});
  return run_saccade(arguments);
}

Names files_in(const fs::path& folder) {
  Names names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.insert(entry.path().lexically_relative(folder).string());
  }
  return names;
}

/// The name of a map of cat.png by the default method: `part` is "class007" or "class007_vs003".
std::string map_of_cat(const std::string& part) { return "cat_saccade_" + part + ".png"; }

/// The map of cat.png that `attend` makes by default: that of its best class.
std::string best_map_of_cat() {
  return map_of_cat(class_part(builtin_answers("cat.png")[0].index));
}

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

/// Width and height from a PNG's header.
std::pair<uint32_t, uint32_t> png_size(const fs::path& file) {
  const std::string bytes = read_file(file);
  EXPECT_EQ(bytes.substr(1, 3), "PNG") << file;
  return {big_endian(bytes, 16), big_endian(bytes, 20)};
}

using Size = std::pair<uint32_t, uint32_t>;
const Size kCatSize{451, 300};

/// Values and shape of a two-dimensional .npy file.
struct Npy {
  std::string header;
  size_t values = 0;
};
Npy read_npy(const fs::path& file) {
  const std::string bytes = read_file(file);
  const size_t length =
      static_cast<unsigned char>(bytes.at(8)) + 256u * static_cast<unsigned char>(bytes.at(9));
  return {bytes.substr(10, length), (bytes.size() - 10 - length) / sizeof(float)};
}

TEST(Attend, PrintsPredictionsAndWritesAnOverlayOfThePhotosSize) {
  const TempDir folder;
  const ProcessResult classified = run_saccade({"classify", sample("cat.png")});
  const ProcessResult result =
      run_saccade({"attend", sample("cat.png"), "-o", folder.path().string()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, kBuiltinNote);
  const std::string name = best_map_of_cat();
  const std::string file = (folder.path() / name).string();
  EXPECT_EQ(result.out, classified.out + "    " + file + "\n");
  EXPECT_EQ(files_in(folder.path()), Names{name});
  EXPECT_EQ(png_size(file), kCatSize);
  EXPECT_NE(read_file(file), read_file(sample("cat.png")));
}

TEST(Attend, WritesToTheCurrentFolderByDefault) {
  const TempDir folder;
  ProcessOptions process;
  process.folder = folder.path();
  EXPECT_EQ(run_saccade({"attend", "-q", sample("cat.png")}, process).exit_code, 0);
  EXPECT_EQ(files_in(folder.path()), Names{best_map_of_cat()});
}

TEST(Attend, JsonNamesEveryMap) {
  const TempDir folder;
  const ProcessResult result = attend(
      folder, {sample("cat.png"), "--method", "all", "--layer", "2", "--head", "1", "--class",
               "Egyptian Cat", "--versus", "TABBY", "--raw", "npy", "--format", "jsonl"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json record = Json::parse(result.out);
  std::vector<std::string> keys;
  for (const auto& [key, value] : record.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"file", "model", "predictions", "maps"}));
  const std::string stem = (folder.path() / "cat").string();
  const auto entry = [&](Json json, const std::string& suffix) {
    json["file"] = stem + suffix + ".png";
    json["raw"] = stem + suffix + ".npy";
    return json;
  };
  const Json saccade{{"method", "saccade"}, {"class", 32}, {"versus", 30}};
  const Json relevance{{"method", "relevance"}, {"class", 32}, {"versus", 30}};
  const Json gradcam{{"method", "gradcam"}, {"class", 32}, {"versus", 30}};
  const Json attention{{"method", "attention"}, {"layer", 2}, {"head", 1}};
  EXPECT_EQ(record["maps"], Json::array({entry(saccade, "_saccade_class032_vs030"),
                                         entry(relevance, "_relevance_class032_vs030"),
                                         entry(gradcam, "_gradcam_class032_vs030"),
                                         entry({{"method", "rollout"}}, "_rollout"),
                                         entry(attention, "_attention_L02_H01")}));
  EXPECT_EQ(files_in(folder.path()).size(), 15u);  // overlay, map and sidecar of each
}

TEST(Attend, TopNMakesOneMapForEachOfTheBestClasses) {
  const TempDir folder;
  EXPECT_EQ(attend(folder, {sample("cat.png"), "--class", "top3"}).exit_code, 0);
  const std::vector<Answer> answers = builtin_answers("cat.png");
  Names expected;
  for (size_t i = 0; i < 3; ++i) expected.insert(map_of_cat(class_part(answers[i].index)));
  EXPECT_EQ(files_in(folder.path()), expected);
  EXPECT_EQ(attend(folder, {sample("cat.png"), "--class", "top999"}).exit_code, 0);
  EXPECT_EQ(files_in(folder.path()).size(), size_t(kBuiltinClasses));
}

TEST(Attend, TopClassesExcludeTheVersusClass) {
  const TempDir folder;
  const std::vector<Answer> answers = builtin_answers("cat.png");
  const std::string best = "index:" + std::to_string(answers[0].index);
  EXPECT_EQ(attend(folder, {sample("cat.png"), "--versus", best}).exit_code, 0);
  const std::string part =
      fmt::format("{}_vs{:03}", class_part(answers[1].index), answers[0].index);
  EXPECT_EQ(files_in(folder.path()), Names{map_of_cat(part)});
}

TEST(Attend, RawMapsHaveTheGridsShapeAndASidecar) {
  const TempDir folder;
  const ProcessResult result = attend(
      folder, {sample("cat.png"), "--class", "tabby", "--raw", "npy", "--img-size", "64x96"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const fs::path stem = folder.path() / "cat_saccade_class030";
  const Json sidecar = Json::parse(read_file(stem.string() + ".json"));
  EXPECT_EQ(sidecar["grid"], (Json{{"rows", 8}, {"columns", 12}}));
  EXPECT_EQ(sidecar["picture_size"], (Json{{"width", 451}, {"height", 300}}));
  EXPECT_EQ(sidecar["class"]["label"], "tabby, tabby cat");
  EXPECT_EQ(sidecar["model"], "built-in");
  EXPECT_EQ(sidecar["file"], stem.filename().string() + ".npy");
  const Npy map = read_npy(stem.string() + ".npy");
  EXPECT_NE(map.header.find("'shape': (8, 12)"), std::string::npos) << map.header;
  EXPECT_EQ(map.values, 8u * 12u);
}

TEST(Attend, APanelReplacesSingleOverlays) {
  const TempDir folder;
  const ProcessResult result = attend(folder, {sample("cat.png"), "--panel", "--format", "jsonl"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json record = Json::parse(result.out);
  EXPECT_TRUE(record["maps"].empty());
  EXPECT_EQ(record["panel"], (folder.path() / "cat_panel.png").string());
  EXPECT_EQ(files_in(folder.path()), Names{"cat_panel.png"});
  const auto [width, height] = png_size(folder.path() / "cat_panel.png");
  EXPECT_GT(width, 3 * 451);  // the photo and five maps, in two rows of three
  EXPECT_GT(height, 2 * 300);
}

TEST(Attend, HtmlWritesASelfContainedPage) {
  const TempDir folder;
  const ProcessResult result =
      attend(folder, {sample("cat.png"), sample("rocket.jpg"), "--html", "--format", "jsonl"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const std::string& line : lines(result.out)) {
    const std::string page = read_file(Json::parse(line)["page"].get<std::string>());
    EXPECT_TRUE(page.starts_with("<!")) << page.substr(0, 20);
    EXPECT_LT(page.size(), 12'000'000u);
    EXPECT_EQ(page.find("http://"), std::string::npos);
    EXPECT_EQ(page.find("https://"), std::string::npos);
  }
  EXPECT_EQ(files_in(folder.path()).size(), 4u);  // an overlay and a page of each
}

TEST(Attend, SkipsMapsOfAnEarlierRun) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  const std::string photos = (folder.path() / "photos").string();
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(run_saccade({"attend", "-q", photos, "-o", photos + "/maps"}).exit_code, 0);
    EXPECT_EQ(files_in(photos + "/maps"), Names{best_map_of_cat()});
  }
}

TEST(Attend, AttentionOfAllLayersAndHeadsIsAGrid) {
  const TempDir folder;
  const std::vector<std::string> grid{sample("cat.png"), "--method", "attention", "--layer", "all",
                                      "--head",          "all"};
  EXPECT_EQ(attend(folder, grid).exit_code, 0);
  const Names files = files_in(folder.path());
  EXPECT_EQ(files.size(), 6u * 8u);  // the model's layers and heads
  EXPECT_TRUE(files.contains("cat_attention_L00_H00.png"));
  EXPECT_TRUE(files.contains("cat_attention_L05_H07.png"));
  const TempDir sheet;
  std::vector<std::string> panel = grid;
  panel.push_back("--panel");
  EXPECT_EQ(attend(sheet, panel).exit_code, 0);
  EXPECT_EQ(files_in(sheet.path()), Names{"cat_panel.png"});
}

TEST(Attend, AQueryShowsWhereOnePatchLooks) {
  const TempDir folder;
  for (const char* place : {"0,0", "7,7"}) {
    EXPECT_EQ(attend(folder, {sample("cat.png"), "--query", place, "--raw", "npy", "--method",
                              "attention,rollout,relevance"})
                  .exit_code,
              0);
  }
  const std::string relevance = "relevance_" + class_part(builtin_answers("cat.png")[0].index);
  for (const std::string& method :
       {std::string("attention_L05"), std::string("rollout"), relevance}) {
    const auto file = [&](const char* place) {
      return folder.path() / ("cat_" + method + "_Q" + place + ".npy");
    };
    EXPECT_NE(read_file(file("00-00")), read_file(file("07-07"))) << method;
  }
}

TEST(Attend, StyleAndFormatReachTheFiles) {
  const TempDir folder;
  const fs::path png = folder.path() / "cat_rollout.png";
  const auto overlay = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {sample("cat.png"), "--method", "rollout"});
    EXPECT_EQ(attend(folder, options).exit_code, 0);
    return read_file(png);
  };
  const std::string plain = overlay({});
  for (const std::vector<std::string>& style :
       std::vector<std::vector<std::string>>{{"--colormap", "viridis"},
                                             {"--alpha", "0.2"},
                                             {"--blend", "scaled"},
                                             {"--contour"},
                                             {"--percentile", "60"},
                                             {"--head-fusion", "max"},
                                             {"--discard-ratio", "0.9"}}) {
    EXPECT_NE(overlay(style), plain) << style[0];
  }
  EXPECT_EQ(overlay({}), plain);  // and it replaces an earlier run's file
  overlay({"--caption"});
  EXPECT_GT(png_size(png).second, kCatSize.second);
  overlay({"--image-format", "jpg"});
  EXPECT_EQ(read_file(folder.path() / "cat_rollout.jpg").substr(0, 2), "\xff\xd8");
  overlay({"--image-format", "webp"});
  EXPECT_EQ(read_file(folder.path() / "cat_rollout.webp").substr(8, 4), "WEBP");
}

TEST(Attend, ABadPictureDoesNotStopOthers) {
  const TempDir folder;
  const TempDir bad;
  const std::string text = bad.write("text.png", "no picture").string();
  const ProcessResult result =
      attend(folder, {"no.png", sample("cat.png"), text, sample("rocket.jpg"), "--format", "json"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(lines(result.err).size(), 2u) << result.err;
  const Json records = Json::parse(result.out);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0]["file"], "no.png");
  EXPECT_FALSE(records[0].contains("maps"));
  EXPECT_EQ(records[1]["maps"].size(), 1u);
  EXPECT_EQ(records[2]["file"], text);
  EXPECT_EQ(records[3]["maps"].size(), 1u);
  EXPECT_EQ(files_in(folder.path()).size(), 2u);
  EXPECT_EQ(attend(folder, {"no.png"}).exit_code, 1);
}

TEST(Attend, ManyPicturesAreReportedInOrder) {
  const TempDir pictures;
  const TempDir folder;
  std::vector<std::string> arguments;
  for (int i = 0; i < 11; ++i) {
    const std::string name = "p" + std::to_string(i) + ".png";
    arguments.push_back(
        pictures.write(name, read_file(sample(i % 2 ? "cat.png" : "coffee.png"))).string());
  }
  std::vector<std::string> options = arguments;
  options.insert(options.end(), {"-k1", "--format", "json", "--raw", "npy"});
  const Json records = Json::parse(attend(folder, options).out);
  ASSERT_EQ(records.size(), 11u);
  const int64_t cat = builtin_answers("cat.png")[0].index;
  const int64_t coffee = builtin_answers("coffee.png")[0].index;
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i]["file"], arguments[i]);
    EXPECT_EQ(records[i]["predictions"][0]["index"], i % 2 ? cat : coffee);
    EXPECT_EQ(read_npy(records[i]["maps"][0]["raw"].get<std::string>()).values, 64u);
  }
}

TEST(Attend, EqualStemsMirrorTheirFolders) {
  const TempDir pictures;
  const TempDir folder;
  fs::create_directories(pictures.path() / "a");
  fs::create_directories(pictures.path() / "b");
  const std::string cat = read_file(sample("cat.png"));
  const std::string a = pictures.write("a/x.png", cat).string();
  const std::string b = pictures.write("b/x.png", cat).string();
  EXPECT_EQ(attend(folder, {a, b}).exit_code, 0);
  const std::string name = "x_saccade_" + class_part(builtin_answers("cat.png")[0].index) + ".png";
  EXPECT_EQ(files_in(folder.path()), (Names{"a/" + name, "b/" + name}));
}

TEST(Attend, NoPictureOfTheRunIsOverwritten) {
  const TempDir folder;
  const fs::path cat = folder.write("cat.png", read_file(sample("cat.png")));
  const fs::path earlier = folder.write(best_map_of_cat(), read_file(sample("coffee.png")));
  const ProcessResult result = attend(folder, {cat.string(), earlier.string()});
  EXPECT_EQ(result.exit_code, 3);
  ASSERT_EQ(lines(result.err).size(), 1u) << result.err;
  EXPECT_NE(result.err.find("would overwrite " + earlier.string()), std::string::npos);
  EXPECT_EQ(read_file(earlier), read_file(sample("coffee.png")));
}

TEST(Attend, MissingClassesAndLayersAreUsageErrors) {
  struct Misuse {
    std::vector<std::string> arguments;
    std::string expected;
  };
  for (const Misuse& misuse :
       std::vector<Misuse>{{{"--class", "taby"}, "did you mean \"tabby\""},
                           {{"--class", "200"}, "from 0 to 199"},
                           {{"--versus", "zebra fish"}, "--versus"},
                           {{"--class", "tabby", "--versus", "30"}, "another class"},
                           {{"--method", "attention", "--layer", "6"}, "wanted 0 to 5"},
                           {{"--method", "attention", "--head", "99"}, "--head: the model has"},
                           {{"--query", "8,0"}, "wanted 0,0 to 7,7"},
                           {{"--method", "gradcam", "--query", "1,1"}, "gradcam"},
                           {{"--method", "lrp"}, "saccade, relevance, gradcam, rollout, attention"},
                           {{"--format", "csv"}, "text, json, jsonl"}}) {
    const TempDir folder;
    std::vector<std::string> arguments = misuse.arguments;
    arguments.push_back(sample("cat.png"));
    const ProcessResult result = attend(folder, arguments);
    EXPECT_EQ(result.exit_code, 2) << misuse.expected;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_NE(result.err.find(misuse.expected), std::string::npos) << result.err;
    EXPECT_TRUE(files_in(folder.path()).empty());
  }
}

TEST(Attend, AFolderThatCannotBeWrittenToIsFatal) {
  const TempDir folder;
  const fs::path file = folder.write("file", "x");
  for (const std::string& output : {file.string(), std::string("/proc/none")}) {
    const ProcessResult result = run_saccade({"attend", "-q", sample("cat.png"), "-o", output});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "");
    ASSERT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_NE(result.err.find(output), std::string::npos) << result.err;
  }
}

TEST(Attend, HelpNamesEveryOptionWithin80Columns) {
  const ProcessResult result = run_saccade({"attend", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  for (const std::string& line : lines(result.out)) EXPECT_LE(line.size(), 80u) << line;
  for (const char* option :
       {"-m, --model", "-o, --output", "--method",       "--class",         "--versus",
        "--layer",     "--head ",      "--head-fusion",  "--query",         "--colormap",
        "--alpha",     "--blend",      "--contour",      "--percentile",    "--panel",
        "--raw",       "--caption",    "--image-format", "--discard-ratio", "--html"}) {
    EXPECT_NE(result.out.find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace saccade::test
