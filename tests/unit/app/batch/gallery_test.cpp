#include "app/batch/gallery/gallery.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/batch/gallery/gallery_choice.h"
#include "tests/support/expect_error.h"
#include "tests/support/gallery_run.h"
#include "tests/support/shared_data.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::GalleryRun;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The JSON of the page's element "data".
Json facts_of(const GalleryRun& run) {
  const std::string page = text_of(run.report() / "index.html");
  const std::string_view mark = "id=\"data\">";
  const size_t begin = page.find(mark) + mark.size();
  return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

/// All records that the page loads.
Json records_of(const GalleryRun& run) {
  Json all = Json::array();
  for (int64_t i = 0; i < facts_of(run)["files"]; ++i) {
    const std::string text = text_of(run.report() / fmt::format("data-{:03}.js", i));
    const size_t open = text.find('(');
    const Json records = Json::parse(text.substr(open + 1, text.rfind(')') - open - 1));
    all.insert(all.end(), records.begin(), records.end());
  }
  return all;
}

std::set<fs::path> thumbnails_of(const GalleryRun& run) {
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(run.report() / "thumbnails")) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  return files;
}

fs::path sample(const char* name) { return test::source_path("tests/samples") / name; }

std::vector<Prediction> cat(float score) { return {{281, "tabby", score}, {282, "tiger", 0.01f}}; }

ImageResult scored(float score) { return {"", cat(score), ""}; }

TEST(Gallery, HasEveryRecordAndAThumbnailOfEachPicture) {
  GalleryRun run;
  run.add("a/cat.png", cat(0.75f), sample("cat.png"));
  run.add_failure("broken.jpg", "broken.jpg: is cut off");
  run.add("rocket.jpg", {{657, "missile", 0.5f}}, sample("rocket.jpg"));
  run.write();
  const Json facts = facts_of(run);
  EXPECT_EQ(facts["model"], "some model");
  EXPECT_EQ(facts["classified"], 2);
  EXPECT_EQ(facts["failed"], 1);
  EXPECT_EQ(facts["labels"]["657"], "missile");
  const Json records = records_of(run);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0]["file"], "a/cat.png");
  EXPECT_EQ(records[0]["top"], Json::parse("[[281,0.75],[282,0.01]]"));
  EXPECT_EQ(records[1]["error"], "is cut off");
  EXPECT_FALSE(records[1].contains("thumbnail"));
  const std::string name = records[2]["thumbnail"];
  const cv::Mat rocket =
      read_image(run.report() / "thumbnails" / name.substr(0, 2) / (name + ".jpg"));
  EXPECT_EQ(std::max(rocket.rows, rocket.cols), 160);
  EXPECT_EQ(thumbnails_of(run).size(), 2u);
}

TEST(Gallery, LinksToThePictureAndItsOverlayByRelativePaths) {
  GalleryRun run;
  const fs::path picture = run.place().path() / "photos" / "50% \xff#?\n.png";
  fs::create_directory(picture.parent_path());
  fs::copy_file(sample("cat.png"), picture);
  MapId map;
  map.class_index = 281;
  run.add("50% \xff#?\n.png", cat(0.5f), picture,
          WrittenFiles{{{map, "overlays/a b.png", ""}}, "", ""});
  run.write();
  const Json record = records_of(run)[0];
  EXPECT_EQ(record["url"], "../../photos/50%25%20%FF%23%3F%0A.png");
  EXPECT_EQ(record["maps"], Json::parse(R"([["saccade", 281, "../overlays/a%20b.png"]])"));
  EXPECT_EQ(record["file"], "50% \uFFFD#?\\n.png");
}

TEST(Gallery, EscapesNames) {
  GalleryRun run;
  run.add("</script><!--\u2028.png", {{0, "</SCRIPT>\u2029", 1.0f}});
  run.write();
  for (const char* file : {"index.html", "data-000.js"}) {
    const std::string text = text_of(run.report() / file);
    EXPECT_EQ(text.find("</SCRIPT"), text.npos) << file;
    EXPECT_EQ(text.find("<!--"), text.npos) << file;
    EXPECT_EQ(text.find("\u2028"), text.npos) << file;
    EXPECT_EQ(text.find("\u2029"), text.npos) << file;
  }
  EXPECT_EQ(records_of(run)[0]["file"], "</script><!--\u2028.png");
}

TEST(Gallery, ReusesThumbnailsOfUnchangedFiles) {
  GalleryRun run;
  const auto changing = run.place().path() / "changing.png";
  fs::copy_file(sample("cat.png"), changing);
  run.add("kept.png", cat(0.5f), sample("cat.png"));
  run.add("changing.png", cat(0.5f), changing);
  run.write();
  const std::set<fs::path> first = thumbnails_of(run);
  for (const fs::path& file : first) fs::last_write_time(file, fs::file_time_type());
  fs::copy_file(sample("coffee.png"), changing, fs::copy_options::overwrite_existing);
  run.write();
  const std::set<fs::path> second = thumbnails_of(run);
  ASSERT_EQ(second.size(), 2u);
  const auto untouched = std::count_if(second.begin(), second.end(), [](const fs::path& file) {
    return fs::last_write_time(file) == fs::file_time_type();
  });
  EXPECT_EQ(untouched, 1);
}

TEST(Gallery, OmitsThumbnailsOfUnreadableFilesAndWhenStopped) {
  GalleryRun run;
  run.add("no-picture.png", cat(0.5f), run.place().write("no-picture.png", "text"));
  run.add("missing.png", cat(0.5f), run.place().path() / "missing.png");
  run.add("unknown.png", cat(0.5f));
  run.add("cat.png", cat(0.5f), sample("cat.png"));
  GallerySettings settings;
  settings.stopped = [] { return true; };
  run.write(settings);
  for (const Json& record : records_of(run)) EXPECT_FALSE(record.contains("thumbnail")) << record;
  run.write();
  const Json records = records_of(run);
  EXPECT_FALSE(records[0].contains("thumbnail"));
  EXPECT_FALSE(records[2].contains("url"));
  EXPECT_TRUE(records[3].contains("thumbnail"));
}

TEST(Gallery, SpreadsRecordsOverFilesAndRemovesThoseOfALongerRun) {
  GalleryRun run;
  for (int i = 0; i < 4001; ++i) run.add(fmt::format("{}.png", i), cat(0.5f));
  run.write();
  EXPECT_EQ(facts_of(run)["files"], 3);
  const Json records = records_of(run);
  ASSERT_EQ(records.size(), 4001u);
  EXPECT_EQ(records[4000]["file"], "4000.png");
  GallerySettings settings;
  settings.most_pictures = 10;
  run.write(settings);
  EXPECT_EQ(facts_of(run)["shown"], 10);
  EXPECT_EQ(facts_of(run)["classified"], 4001);
  EXPECT_FALSE(fs::exists(run.report() / "data-001.js"));
}

TEST(Gallery, IsWrittenOfARunWithoutRecords) {
  GalleryRun run;
  run.write();
  EXPECT_EQ(facts_of(run)["files"], 0);
}

TEST(Gallery, ReportsWriteErrors) {
  GalleryRun run;
  run.add("a.png", cat(0.5f));
  std::ofstream(run.report()) << "in the way";
  test::expect_error<SystemError>([&] { run.write(); }, {"report: cannot be created"});
}

TEST(GalleryChoice, SelectsTheLeastCertainAndTheFirstFailures) {
  GalleryChoice choice(3, 1);
  std::vector<ImageResult> run = {scored(0.9f), scored(0.2f),    {"", {}, "broken"}, scored(0.5f),
                                  {"", {}, ""}, {"", {}, "cut"}, scored(0.2f),       scored(-1.5f)};
  for (const ImageResult& result : run) choice.count(result);
  std::vector<size_t> shown;
  for (size_t i = 0; i < run.size(); ++i) {
    if (choice.shows(run[i])) shown.push_back(i);
  }
  EXPECT_EQ(shown, (std::vector<size_t>{1, 2, 4, 7}));
  EXPECT_EQ(choice.pictures(), 6u);
  EXPECT_EQ(choice.failures(), 2u);
  EXPECT_EQ(choice.least(), -1.5f);
  EXPECT_EQ(choice.greatest(), 0.9f);
}

}  // namespace
}  // namespace saccade
