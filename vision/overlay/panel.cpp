#include "vision/overlay/panel.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core/mat.hpp>
#include <stdexcept>

#include "vision/overlay/draw_text.h"
#include "vision/preprocess/resample.h"

namespace saccade {
namespace {

constexpr int64_t kSheetLimit = 4000;
constexpr int64_t kNarrowestCell = 96;

/// The layout of a sheet, in pixels.
struct Layout {
  int64_t columns;
  int64_t rows;
  ImageSize cell;

  int64_t gap() const { return std::clamp<int64_t>(cell.width / 24, 4, 24); }
  int64_t caption_height() const { return std::clamp<int64_t>(cell.width / 14, 14, 32); }
  int64_t pitch_x() const { return cell.width + gap(); }
  int64_t pitch_y() const { return cell.height + caption_height() + gap(); }
  int64_t width() const { return columns * pitch_x() + gap(); }
  int64_t title_height() const { return std::clamp<int64_t>(width() / 48, 18, 56); }
  int64_t title_space() const { return title_height() + gap(); }
  int64_t height() const { return title_space() + rows * pitch_y() + gap(); }
};

/// `widest` is the width of the widest picture, `aspect` the largest ratio of height to width.
Layout lay_out(int64_t widest, double aspect, int64_t cells, int64_t columns) {
  if (columns < 1 || cells < 1)
    throw std::invalid_argument("panel: needs at least one cell and one column");
  // Otherwise one tall picture would enlarge every cell.
  aspect = std::clamp(aspect, 0.25, 2.0);
  Layout layout{columns, (cells + columns - 1) / columns, {}};
  for (int64_t width = std::clamp(widest, kNarrowestCell, kSheetLimit);; --width) {
    layout.cell = {std::llround(static_cast<double>(width) * aspect), width};
    if (width == kNarrowestCell) break;
    if (layout.width() <= kSheetLimit && layout.height() <= kSheetLimit) break;
  }
  return layout;
}

double aspect_of(ImageSize picture) {
  return static_cast<double>(picture.height) / static_cast<double>(picture.width);
}

Layout lay_out(const std::vector<PanelCell>& cells, int columns) {
  int64_t widest = 0;
  double aspect = 0;
  for (const PanelCell& cell : cells) {
    if (cell.rgb.empty() || cell.rgb.type() != CV_8UC3) {
      throw std::invalid_argument("panel: pictures must be 8-bit RGB");
    }
    widest = std::max<int64_t>(widest, cell.rgb.cols);
    aspect = std::max(aspect, aspect_of({cell.rgb.rows, cell.rgb.cols}));
  }
  return lay_out(widest, aspect, static_cast<int64_t>(cells.size()), columns);
}

void draw_centred(cv::Mat& sheet, const std::string& text, int64_t left, int64_t top, int64_t width,
                  int64_t height) {
  const int line = static_cast<int>(height);
  const std::string shown = fit_text(text, line, static_cast<int>(width));
  const int64_t margin = (width - text_width(shown, line)) / 2;
  draw_text(sheet, shown, {static_cast<int>(left + margin), static_cast<int>(top)}, line);
}

void draw_cell(cv::Mat& sheet, const PanelCell& cell, const Layout& layout, int64_t left,
               int64_t top) {
  const cv::Mat fitted = fit_picture(cell.rgb, layout.cell);
  const cv::Rect place(static_cast<int>(left + (layout.cell.width - fitted.cols) / 2),
                       static_cast<int>(top + (layout.cell.height - fitted.rows) / 2), fitted.cols,
                       fitted.rows);
  fitted.copyTo(sheet(place));
  draw_centred(sheet, cell.caption, left, top + layout.cell.height, layout.cell.width,
               layout.caption_height());
}

}  // namespace

ImageSize panel_cell_size(ImageSize picture, int64_t cells, int columns) {
  return lay_out(picture.width, aspect_of(picture), cells, columns).cell;
}

cv::Mat fit_picture(const cv::Mat& rgb, ImageSize box) {
  const double scale = std::min(static_cast<double>(box.width) / rgb.cols,
                                static_cast<double>(box.height) / rgb.rows);
  const auto side = [scale](int length, int64_t limit) {
    return std::clamp<int64_t>(std::llround(length * scale), 1, limit);
  };
  return resample(rgb, {side(rgb.rows, box.height), side(rgb.cols, box.width)},
                  Interpolation::bicubic);
}

cv::Mat panel(const std::vector<PanelCell>& cells, int columns, const std::string& title) {
  const Layout layout = lay_out(cells, columns);
  const int64_t first_row = title.empty() ? layout.gap() : layout.gap() + layout.title_space();
  const int64_t height = layout.height() - (title.empty() ? layout.title_space() : 0);
  cv::Mat sheet(static_cast<int>(height), static_cast<int>(layout.width()), CV_8UC3,
                cv::Scalar::all(255));
  const int64_t inner_width = layout.width() - 2 * layout.gap();
  draw_centred(sheet, title, layout.gap(), layout.gap(), inner_width, layout.title_height());
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto row = static_cast<int64_t>(i) / columns;
    const auto col = static_cast<int64_t>(i) % columns;
    draw_cell(sheet, cells[i], layout, layout.gap() + col * layout.pitch_x(),
              first_row + row * layout.pitch_y());
  }
  return sheet;
}

}  // namespace saccade
