#include "vision/decode/imgcodecs.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <system_error>

#include "vision/decode/imgcodecs_module.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// The dynamic linker finds the module by the program's own search path. It is never unloaded.
const ImgcodecsFunctions& load_module() {
  void* module = dlopen(SACCADE_IMGCODECS_MODULE, RTLD_LAZY | RTLD_LOCAL);
  const void* functions = module ? dlsym(module, "saccade_imgcodecs") : nullptr;
  if (!functions) {
    const char* reason = dlerror();
    throw SystemError(fmt::format("OpenCV's codecs cannot be loaded: {}; install the program again",
                                  reason ? reason : SACCADE_IMGCODECS_MODULE));
  }
  return *static_cast<const ImgcodecsFunctions*>(functions);
}

const ImgcodecsFunctions& functions() {
  static const ImgcodecsFunctions& loaded = load_module();
  return loaded;
}

}  // namespace

cv::Mat imdecode(const cv::Mat& file, int flags) { return functions().imdecode(file, flags); }

bool imencode(const std::string& extension, const cv::Mat& pixels, std::vector<uint8_t>& bytes,
              const std::vector<int>& options) {
  return functions().imencode(extension, pixels, bytes, options);
}

ImgcodecsPreload::ImgcodecsPreload() {
  const auto load = [] {
    try {
      functions();
    } catch (const SystemError&) {  // the first picture throws it again
    }
  };
  try {
    thread_ = std::thread(load);
  } catch (const std::system_error&) {  // no thread: the first picture loads it
  }
}

ImgcodecsPreload::~ImgcodecsPreload() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace saccade
