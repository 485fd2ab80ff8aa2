// Decodes a picture's file and preprocesses it for the model.
#pragma once

#include <span>
#include <string>

#include "app/predict/prediction_options.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

struct PreparedPicture {
  cv::Mat rgb;      ///< the upright original, CV_8UC3; smaller if options.fast_decode is set
  SourceRect seen;  ///< the part that the model sees, in pixels of the original
};

/// Reads `file` and writes the model's input [C, H, W] to `pixels`. Throws ImageError, which names
/// the file, for any failure.
PreparedPicture prepare_picture(const std::string& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels);

}  // namespace saccade
