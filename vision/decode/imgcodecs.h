// OpenCV's imgcodecs. It brings more than a hundred libraries, so it is loaded when the first
// picture is decoded or encoded, and other commands do not wait for it.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <thread>
#include <vector>

namespace saccade {

/// cv::imdecode(). Throws SystemError if imgcodecs cannot be loaded.
cv::Mat imdecode(const cv::Mat& file, int flags);

/// cv::imencode(). Throws SystemError if imgcodecs cannot be loaded.
bool imencode(const std::string& extension, const cv::Mat& pixels, std::vector<uint8_t>& bytes,
              const std::vector<int>& options);

/// Loads imgcodecs on a thread of its own while the caller opens its model. The destructor waits
/// for the thread: a process must not exit while its libraries are loaded.
class ImgcodecsPreload {
 public:
  /// Throws SystemError if the process may not map as much (ulimit -v).
  ImgcodecsPreload();
  ~ImgcodecsPreload();
  ImgcodecsPreload(const ImgcodecsPreload&) = delete;
  ImgcodecsPreload& operator=(const ImgcodecsPreload&) = delete;

 private:
  std::thread thread_;
};

}  // namespace saccade
