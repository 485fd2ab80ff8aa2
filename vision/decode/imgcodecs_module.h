// The interface of the module that imgcodecs.cpp loads.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace saccade {

struct ImgcodecsFunctions {
  cv::Mat (*imdecode)(const cv::Mat& file, int flags);
  bool (*imencode)(const std::string& extension, const cv::Mat& pixels, std::vector<uint8_t>& bytes,
                   const std::vector<int>& options);
};

}  // namespace saccade

extern "C" {
extern const saccade::ImgcodecsFunctions saccade_imgcodecs;
}
