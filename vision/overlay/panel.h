// Several pictures on one labelled sheet.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

struct PanelCell {
  cv::Mat rgb;          ///< CV_8UC3, of any size
  std::string caption;  ///< UTF-8, below the picture; shortened to its width
};

/// The size that panel() gives to pictures of size `picture` when there are `cells` of them. Who
/// draws many cells does well to shrink the picture to this first: the sheet is the same, and the
/// cells take less memory.
ImageSize panel_cell_size(ImageSize picture, int64_t cells, int columns);

/// `rgb` enlarged or reduced, its aspect kept, to the largest size within `box`.
cv::Mat fit_picture(const cv::Mat& rgb, ImageSize box);

/// A white sheet: `title` (UTF-8; none where empty) above rows of `columns` cells, each fitted to
/// one common size. Cells are no wider than the widest picture, and no larger than lets the sheet
/// stay within 4000 pixels either way, but at least 96 wide.
cv::Mat panel(const std::vector<PanelCell>& cells, int columns, const std::string& title);

}  // namespace saccade
