// Opens a gallery of 10,000 pictures in headless Chromium and uses it through browser.py.
// Screenshots are kept if $SACCADE_SCREENSHOTS is set.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/browser.h"
#include "tests/support/gallery_run.h"
#include "tests/support/shared_data.h"

namespace saccade {
namespace {

constexpr int kPictures = 10'000;
constexpr int kFailures = 300;
constexpr int kClasses = 40;

/// Five classes for picture `i`: the best one in turns, with a score between 0.2 and 1.
std::vector<Prediction> predictions(int i) {
  const float best = 0.2f + 0.8f * static_cast<float>(i * 7919 % kPictures) / kPictures;
  std::vector<Prediction> top;
  for (int rank = 0; rank < 5; ++rank) {
    const int index = (i + rank) % kClasses;
    top.push_back({index, fmt::format("class number {}", index),
                   rank == 0 ? best : (1 - best) / std::exp2(static_cast<float>(rank))});
  }
  return top;
}

TEST(GalleryInABrowser, ShowsTenThousandPictures) {
  SACCADE_NEED_BROWSER();
  test::GalleryRun run;
  const std::vector<std::filesystem::path> samples = {
      test::source_path("tests/samples/cat.png"), test::source_path("tests/samples/coffee.png"),
      test::source_path("tests/samples/rocket.jpg")};
  // Only the pictures shown first have files; making thumbnails of all would take a minute.
  const auto source = [&](int i) {
    return predictions(i)[0].score < 0.22f ? std::optional(samples[size_t(i) % 3]) : std::nullopt;
  };
  for (int i = 0; i < kPictures; ++i) {
    run.add(fmt::format("folder {}/picture {}.jpg", i / 1000, i), predictions(i), source(i));
  }
  for (int i = 0; i < kFailures; ++i) {
    run.add_failure(fmt::format("broken/{}.jpg", i), "ends in the middle of its pixels");
  }
  run.write();
  const auto screenshots = test::screenshot_folder(run.place().path(), "gallery-10000");
  test::expect_in_browser("tests/gallery/browser.py",
                          {"many", (run.report() / "index.html").string(), screenshots.string()});
}

TEST(GalleryInABrowser, ShowsHostileNamesAsText) {
  SACCADE_NEED_BROWSER();
  test::GalleryRun run;
  const std::string name = "<script>document.title='taken'</script> \"'&\n\xff %41#?.png";
  const std::string label = "<img src=x onerror=\"document.title='taken'\">";
  std::string in_files = name;
  std::replace(in_files.begin(), in_files.end(), '/', '_');
  const auto picture = run.place().path() / in_files;
  std::filesystem::copy_file(test::source_path("tests/samples/coffee.png"), picture);
  MapId map;
  map.class_index = 0;
  const std::string overlay = "overlay %41#?\n\u2028<b>.png";
  std::filesystem::copy_file(test::source_path("tests/samples/cat.png"), run.folder() / overlay);
  run.add(name, {{0, label, 0.5f}}, picture, WrittenFiles{{{map, overlay, ""}}, "", ""});
  run.add_failure(name + "2", "<b>" + label + "</script>");
  run.write();
  const auto screenshots = test::screenshot_folder(run.place().path(), "gallery-hostile");
  test::expect_in_browser(
      "tests/gallery/browser.py",
      {"hostile", (run.report() / "index.html").string(), screenshots.string()});
}

TEST(GalleryInABrowser, ShowsScoresThatAreNotProbabilities) {
  SACCADE_NEED_BROWSER();
  test::GalleryRun run;
  run.add("high.png", {{1, "dog", 8.5f}, {2, "cat", -3.0f}},
          test::source_path("tests/samples/cat.png"));
  run.add("low.png", {{2, "cat", -1.5f}});
  run.add("none.png", {});
  run.probabilities = false;
  run.write();
  const auto screenshots = test::screenshot_folder(run.place().path(), "gallery-logits");
  test::expect_in_browser("tests/gallery/browser.py",
                          {"logits", (run.report() / "index.html").string(), screenshots.string()});
}

}  // namespace
}  // namespace saccade
