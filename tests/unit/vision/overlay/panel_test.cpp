#include "vision/overlay/panel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <utility>

#include "vision/overlay/caption.h"
#include "vision/overlay/draw_text.h"

namespace saccade {
namespace {

cv::Mat plain(int width, int height, const cv::Vec3b& colour) {
  return cv::Mat(height, width, CV_8UC3, cv::Scalar(colour));
}

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// The smallest rectangle around all pixels of exactly this colour.
cv::Rect bounds_of(const cv::Mat& rgb, const cv::Vec3b& colour) {
  cv::Rect bounds;
  for (int y = 0; y < rgb.rows; ++y) {
    for (int x = 0; x < rgb.cols; ++x) {
      if (rgb.at<cv::Vec3b>(y, x) == colour) bounds |= cv::Rect(x, y, 1, 1);
    }
  }
  return bounds;
}

bool has_dark_pixels(const cv::Mat& part) {
  double least = 0;
  cv::minMaxLoc(part.reshape(1), &least, nullptr);
  return least < 100;
}

bool is_white(const cv::Mat& part) {
  double least = 0;
  cv::minMaxLoc(part.reshape(1), &least, nullptr);
  return least == 255;
}

cv::Vec3b colour_of(int index) {
  return {static_cast<uint8_t>(200 - index % 16 * 4), static_cast<uint8_t>(150 + index / 16 * 4),
          90};
}

TEST(Panel, PlacesCellsRowByRow) {
  std::vector<PanelCell> cells;
  for (int i = 0; i < 5; ++i) cells.push_back({plain(120, 80, colour_of(i)), "cell"});
  const cv::Mat sheet = panel(cells, 3, "");
  std::vector<cv::Rect> places;
  for (int i = 0; i < 5; ++i) {
    places.push_back(bounds_of(sheet, colour_of(i)));
    EXPECT_EQ(places.back().size(), cv::Size(120, 80));
    const cv::Rect below(places.back().x, places.back().br().y, 120, 14);
    EXPECT_TRUE(has_dark_pixels(sheet(below))) << "no caption below cell " << i;
  }
  EXPECT_EQ(places[1].y, places[0].y);
  EXPECT_EQ(places[4].x, places[1].x);
  EXPECT_GE(places[1].x, places[0].br().x + 4);
  EXPECT_GE(places[3].y, places[0].br().y + 14);
  EXPECT_EQ(sheet.cols - places[2].br().x, places[0].x) << "margins differ";
}

TEST(Panel, FitsPicturesOfAnyShape) {
  const std::vector<PanelCell> cells{{plain(400, 200, {200, 0, 0}), "wide"},
                                     {plain(100, 150, {0, 200, 0}), "tall"},
                                     {plain(50, 50, {0, 0, 200}), "square"},
                                     {plain(3000, 2, {90, 90, 200}), "a thread"}};
  const cv::Mat sheet = panel(cells, 2, "");
  for (const PanelCell& cell : cells) {
    const cv::Rect place = bounds_of(sheet, cell.rgb.at<cv::Vec3b>(0, 0));
    ASSERT_FALSE(place.empty()) << cell.caption;
    const double scale = double(place.width) / cell.rgb.cols;
    EXPECT_NEAR(place.height, std::max(1.0, scale * cell.rgb.rows), 1 + scale) << cell.caption;
  }
}

TEST(Panel, ShrinksCellsToTheLimit) {
  const cv::Mat picture = plain(640, 427, {10, 160, 220});
  for (const auto& [rows, columns] : {std::pair{24, 16}, {12, 3}, {12, 12}, {1, 6}}) {
    const std::vector<PanelCell> cells(static_cast<size_t>(rows * columns), {picture, "L1 H1"});
    const cv::Mat sheet = panel(cells, columns, "layers and heads");
    EXPECT_LE(sheet.cols, 4000);
    EXPECT_LE(sheet.rows, 4000);
    EXPECT_GT(std::max(sheet.cols, sheet.rows), 3800);  // no smaller than necessary
  }
}

TEST(Panel, KeepsCellsLargeEnoughToSee) {
  EXPECT_EQ(panel_cell_size({1000, 1000}, 60 * 60, 60).width, 96);
  EXPECT_EQ(panel_cell_size({10, 10}, 4, 2), (ImageSize{96, 96}));
  EXPECT_EQ(panel_cell_size({300, 451}, 5, 5), (ImageSize{300, 451}));
}

TEST(Panel, IsTheSameForPicturesFittedBefore) {
  cv::Mat picture(853, 1280, CV_8UC3);
  cv::randu(picture, 0, 256);
  const ImageSize cell = panel_cell_size({picture.rows, picture.cols}, 144, 12);
  const cv::Mat small = fit_picture(picture, cell);
  EXPECT_LT(small.cols, 400);
  const std::vector<PanelCell> large_cells(144, {picture, "L0 H0"});
  const std::vector<PanelCell> small_cells(144, {small, "L0 H0"});
  EXPECT_TRUE(same(panel(large_cells, 12, "title"), panel(small_cells, 12, "title")));
}

TEST(Panel, ShowsATitleOnlyWhereThereIsOne) {
  const std::vector<PanelCell> cells(3, {plain(300, 200, {0, 128, 255}), ""});
  const cv::Mat with = panel(cells, 3, "title");
  const cv::Mat without = panel(cells, 3, "");
  ASSERT_GT(with.rows, without.rows);
  const int first_row = bounds_of(with, {0, 128, 255}).y;
  EXPECT_TRUE(has_dark_pixels(with.rowRange(0, first_row)));
  EXPECT_TRUE(is_white(without.rowRange(0, bounds_of(without, {0, 128, 255}).y)));
}

TEST(Panel, CutsCaptionsToTheirCell) {
  const std::string caption(500, 'W');
  const std::vector<PanelCell> cells(2, {plain(120, 80, {0, 128, 255}), caption});
  const cv::Mat sheet = panel(cells, 2, caption);
  const cv::Rect pictures = bounds_of(sheet, {0, 128, 255});
  const int middle = sheet.cols / 2;
  EXPECT_TRUE(is_white(sheet(cv::Rect(middle - 1, pictures.y, 2, sheet.rows - pictures.y))));
  EXPECT_TRUE(is_white(sheet.colRange(0, pictures.x)));
  EXPECT_TRUE(is_white(sheet.colRange(pictures.br().x, sheet.cols)));
}

TEST(Panel, RejectsEmptyInput) {
  const PanelCell cell{plain(10, 10, {1, 2, 3}), ""};
  EXPECT_THROW(panel({}, 1, ""), std::invalid_argument);
  EXPECT_THROW(panel({cell}, 0, ""), std::invalid_argument);
  EXPECT_THROW(panel({{cv::Mat(), "empty"}}, 1, ""), std::invalid_argument);
}

TEST(FitPicture, KeepsTheAspect) {
  EXPECT_EQ(fit_picture(plain(400, 200, {}), {100, 100}).size(), cv::Size(100, 50));
  EXPECT_EQ(fit_picture(plain(20, 40, {}), {100, 100}).size(), cv::Size(50, 100));
  EXPECT_EQ(fit_picture(plain(5000, 1, {}), {100, 100}).size(), cv::Size(100, 1));
}

TEST(Caption, StandsInABandBelow) {
  cv::Mat picture(300, 450, CV_8UC3);
  cv::randu(picture, 0, 256);
  const cv::Mat out = with_caption(picture, "a caption", Colormap::turbo);
  ASSERT_EQ(out.cols, picture.cols);
  ASSERT_GT(out.rows, picture.rows);
  EXPECT_TRUE(same(out.rowRange(0, picture.rows), picture));
  EXPECT_TRUE(has_dark_pixels(out.rowRange(picture.rows, out.rows)));
  EXPECT_TRUE(is_white(out.rowRange(out.rows - 3, out.rows)));
}

TEST(Caption, ShowsTheColoursFromLowToHigh) {
  const auto colormap = Colormap::turbo;
  const cv::Mat out = with_caption(plain(450, 300, {0, 0, 0}), "a caption", colormap);
  const cv::Mat band = out.rowRange(300, out.rows);
  const cv::Rect low = bounds_of(band, colour_at(colormap, 0));
  const cv::Rect middle = bounds_of(band, colour_at(colormap, 0.5));
  const cv::Rect high = bounds_of(band, colour_at(colormap, 1));
  ASSERT_FALSE(low.empty() || middle.empty() || high.empty());
  EXPECT_LT(low.x, middle.x);
  EXPECT_LT(middle.x, high.x);
  const cv::Mat left = band(cv::Rect(0, low.y, low.x, low.height));
  const cv::Mat right = band(cv::Rect(high.br().x, high.y, band.cols - high.br().x, high.height));
  EXPECT_TRUE(has_dark_pixels(left)) << "no word for low";
  EXPECT_TRUE(has_dark_pixels(right)) << "no word for high";
}

TEST(Caption, FitsAnyWidth) {
  const std::string text = "a caption that is longer than many a picture is wide";
  for (const int width : {1, 2, 7, 20, 60, 100, 300, 2000}) {
    const cv::Mat out = with_caption(plain(width, 3, {1, 2, 3}), text, Colormap::turbo);
    EXPECT_EQ(out.cols, width);
  }
}

TEST(Caption, StaysSmallBelowAHugePicture) {
  const cv::Mat out = with_caption(plain(20'000, 3, {1, 2, 3}), "a caption", Colormap::turbo);
  EXPECT_EQ(out.rows, 3 + 2 * 96 + 3 * 48);
}

TEST(Text, TurnsUtf8IntoAscii) {
  EXPECT_EQ(to_ascii("plain ~ text"), "plain ~ text");
  EXPECT_EQ(to_ascii("Café Ñandú Łódź Þór Straße œuvre"), "Cafe Nandu Lodz Thor Strasse oeuvre");
  EXPECT_EQ(to_ascii("e\u0301"), "e");
  EXPECT_EQ(to_ascii("“a” — b · c…"), "\"a\" - b - c...");
  EXPECT_EQ(to_ascii("猫 and 🐈"), "? and ?");
  EXPECT_EQ(to_ascii("a\nb\tc\x7f"), "a b c ");
}

TEST(Text, ShowsStrayBytesAsQuestionMarks) {
  EXPECT_EQ(to_ascii("a\xff z"), "a? z");
  EXPECT_EQ(to_ascii("a\xc3"), "a?");
  EXPECT_EQ(to_ascii("\xe2\x82 z"), "?? z");
  EXPECT_EQ(to_ascii("\xc0\xaf"), "??");
}

TEST(Text, ShortensToTheWidth) {
  const std::string text = "tabby, tabby cat";
  const int whole = text_width(text, 20);
  EXPECT_EQ(fit_text(text, 20, whole), text);
  for (int width = 0; width < whole; ++width) {
    const std::string shown = fit_text(text, 20, width);
    EXPECT_LE(text_width(shown, 20), width);
    if (shown.empty()) continue;
    EXPECT_TRUE(shown.ends_with("..."));
    EXPECT_TRUE(text.starts_with(shown.substr(0, shown.size() - 3)));
  }
  EXPECT_EQ(fit_text("tabby, tabby cat", 20, text_width("tabby, t...", 20) - 1), "tabby...");
  EXPECT_LT(fit_text(std::string(10'000'000, 'i'), 20, 300).size(), 300u);
}

TEST(Text, IsCutAtTheEdges) {
  const cv::Mat whole(60, 200, CV_8UC3, cv::Scalar::all(255));
  cv::Mat reference = whole.clone();
  draw_text(reference, "WWWW", {50, 20}, 20);
  for (const cv::Rect& view : {cv::Rect(60, 26, 15, 6), cv::Rect(0, 0, 55, 60),
                               cv::Rect(70, 30, 130, 30), cv::Rect(150, 0, 50, 60)}) {
    cv::Mat part = whole(view).clone();
    draw_text(part, "WWWW", cv::Point(50, 20) - view.tl(), 20);
    EXPECT_TRUE(same(part, reference(view)));
  }
}

}  // namespace
}  // namespace saccade
