// Decodes a picture's file and preprocesses it for the model.
#pragma once

#include <cstdint>
#include <span>

#include "app/predict/prediction_options.h"
#include "vision/decode/image_file.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

struct PreparedPicture {
  cv::Mat rgb;      ///< the upright original, CV_8UC3; smaller if options.fast_decode is set
  SourceRect seen;  ///< the part that the model sees, in pixels of the original
};

/// Reads `file` and writes the model's input [C, H, W] to `pixels`. Decoding may take `max_memory`
/// bytes. Throws ImageError, which names
/// the file, for any failure.
PreparedPicture prepare_picture(const ImageFile& file, const PreprocessRecipe& recipe,
                                const PredictionOptions& options, std::span<float> pixels,
                                uint64_t max_memory = UINT64_MAX);

}  // namespace saccade
