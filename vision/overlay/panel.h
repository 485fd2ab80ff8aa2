// Arranges pictures with captions on one sheet.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

struct PanelCell {
  cv::Mat rgb;          ///< CV_8UC3, any size
  std::string caption;  ///< UTF-8, below the picture, shortened to its width
};

/// Returns the cell size of panel() for `cells` pictures of size `picture`. Callers with many cells
/// can shrink the picture to this size first, which saves memory and does not change the sheet.
ImageSize panel_cell_size(ImageSize picture, int64_t cells, int columns);

/// Resizes `rgb` to the largest size within `box` that keeps its aspect ratio.
cv::Mat fit_picture(const cv::Mat& rgb, ImageSize box);

/// Returns a white sheet with `title` (UTF-8, may be empty) above rows of `columns` cells of equal
/// size. Cells are at most as wide as the widest picture, and small enough for a sheet of at most
/// 4000 x 4000 pixels, but at least 96 pixels wide.
cv::Mat panel(const std::vector<PanelCell>& cells, int columns, const std::string& title);

}  // namespace saccade
