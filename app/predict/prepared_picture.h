// From a picture's file to the model's input.
#pragma once

#include <span>
#include <string>

#include "app/predict/prediction_options.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

struct PreparedPicture {
  cv::Mat rgb;      ///< the upright original, CV_8UC3; smaller where options.fast_decode allows it
  SourceRect seen;  ///< what the model is shown, in pixels of the original
};

/// Reads `file` and writes the model's input [3, H, W] to `pixels`. Whatever goes wrong here is
/// this picture's fault: throws ImageError, which names it.
PreparedPicture prepare_picture(const std::string& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels);

}  // namespace saccade
