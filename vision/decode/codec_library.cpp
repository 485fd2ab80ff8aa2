#include "vision/decode/codec_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace saccade {
namespace {

void* open_library(const Codec& codec) {
  if (codec.file.empty()) return nullptr;
  return dlopen(codec.file.data(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

const Codec giflib_codec{"GIF", "giflib", SACCADE_GIF_LIBRARY, "libgif7"};
const Codec libheif_codec{"HEIF", "libheif", SACCADE_HEIF_LIBRARY, "libheif1"};
const Codec libavif_codec{"AVIF", "libavif", SACCADE_AVIF_LIBRARY, "libavif15"};
const Codec openjpeg_codec{"JPEG 2000", "OpenJPEG", SACCADE_OPENJPEG_LIBRARY, "libopenjp2-7"};
const Codec libtiff_codec{"rarer kinds of TIFF", "libtiff", SACCADE_TIFF_LIBRARY, "libtiff6"};

CodecLibrary::CodecLibrary(const Codec& codec) : codec_(codec), handle_(open_library(codec)) {
  if (handle_) return;
  if (codec.file.empty()) {
    throw ImageError(
        fmt::format("this build reads {} only with {}, which it lacks; convert the "
                    "picture to JPEG or PNG, or build with {}",
                    codec.formats, codec.library, codec.library));
  }
  const char* reason = dlerror();
  throw ImageError(fmt::format("{} is read by {}, which cannot be loaded ({}); install {}",
                               codec.formats, codec.library, reason ? reason : codec.file,
                               codec.package));
}

void* CodecLibrary::symbol(const char* name) const {
  void* found = dlsym(handle_, name);
  if (!found) {
    throw ImageError(fmt::format("{} ({}) lacks the function {}; install a newer {}",
                                 codec_.library, codec_.file, name, codec_.package));
  }
  return found;
}

std::vector<std::string> available_codecs() {
  std::vector<std::string> lines;
  for (const Codec* codec :
       {&giflib_codec, &libheif_codec, &libavif_codec, &openjpeg_codec, &libtiff_codec}) {
    const std::string state =
        codec->file.empty() ? "not in this build"
        : open_library(*codec)
            ? std::string(codec->file)
            : fmt::format("{} cannot be loaded; install {}", codec->file, codec->package);
    lines.push_back(fmt::format("{}: {} ({})", codec->formats, codec->library, state));
  }
  return lines;
}

}  // namespace saccade
