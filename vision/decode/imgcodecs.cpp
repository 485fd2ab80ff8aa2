#include "vision/decode/imgcodecs.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <system_error>

#include "vision/decode/imgcodecs_module.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// What the libraries take of the address space, with room for what they allocate while they start:
// some of them abort if that fails.
constexpr size_t kAddresses = size_t{192} << 20;

/// Whether the process may map this much more (ulimit -v). Costs nothing, as it is not touched.
bool can_map(size_t bytes) {
  void* probe = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return false;
  ::munmap(probe, bytes);
  return true;
}

void require_addresses() {
  if (can_map(kAddresses)) return;
  throw SystemError(
      fmt::format("not enough memory: OpenCV's codecs need {} MB of addresses", kAddresses >> 20));
}

// The dynamic linker finds the module by the program's own search path. It is never unloaded.
const ImgcodecsFunctions& load_module() {
  require_addresses();
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

// Where addresses are scarce, the first picture loads it, when no other thread takes some.
ImgcodecsPreload::ImgcodecsPreload() {
  require_addresses();
  if (!can_map(4 * kAddresses)) return;
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
