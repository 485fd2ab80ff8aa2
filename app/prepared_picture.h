// From a picture's file to the model's input.
#pragma once

#include <span>
#include <string>

#include "app/prediction_options.h"
#include "vision/preprocess.h"

namespace saccade {

struct PreparedPicture {
  cv::Mat rgb;      ///< the upright original, CV_8UC3
  SourceRect seen;  ///< what of it the model is shown
};

/// Reads `file` and writes the model's input [3, H, W] to `pixels`. Whatever goes wrong here is
/// this picture's fault: throws ImageError, which names it.
PreparedPicture prepare_picture(const std::string& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels);

}  // namespace saccade
