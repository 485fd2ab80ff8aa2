// All that is linked with OpenCV's imgcodecs: a module, which imgcodecs.cpp loads.
#include "vision/decode/imgcodecs_module.h"

#include <opencv2/imgcodecs.hpp>

namespace {

cv::Mat decode(const cv::Mat& file, int flags) { return cv::imdecode(file, flags); }

bool encode(const std::string& extension, const cv::Mat& pixels, std::vector<uint8_t>& bytes,
            const std::vector<int>& options) {
  return cv::imencode(extension, pixels, bytes, options);
}

}  // namespace

const saccade::ImgcodecsFunctions saccade_imgcodecs{decode, encode};
