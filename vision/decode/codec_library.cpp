#include "vision/decode/codec_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace saccade {
namespace {

void* open_library(const Codec& codec) {
  if (codec.file.empty()) return nullptr;
  return dlopen(codec.file.data(), RTLD_NOW | RTLD_LOCAL);
}

/// Debian's package of a library: "libgif7" of "libgif.so.7", "libopenjp2-7" of "libopenjp2.so.7".
std::string package_of(std::string_view file) {
  const size_t end = file.find(".so.");
  if (end == file.npos || end == 0) return std::string(file);
  const bool digit = file[end - 1] >= '0' && file[end - 1] <= '9';
  return fmt::format("{}{}{}", file.substr(0, end), digit ? "-" : "", file.substr(end + 4));
}

}  // namespace

const Codec giflib_codec{"GIF", "giflib", SACCADE_GIF_LIBRARY, "libgif-dev"};
const Codec libheif_codec{"HEIF", "libheif", SACCADE_HEIF_LIBRARY, "libheif-dev"};
const Codec libavif_codec{"AVIF", "libavif", SACCADE_AVIF_LIBRARY, "libavif-dev"};
const Codec openjpeg_codec{"JPEG 2000", "OpenJPEG", SACCADE_OPENJPEG_LIBRARY, "libopenjp2-7-dev"};
const Codec libtiff_codec{"rarer kinds of TIFF", "libtiff", SACCADE_TIFF_LIBRARY, "libtiff-dev"};

CodecLibrary::CodecLibrary(const Codec& codec) : codec_(codec), handle_(open_library(codec)) {
  if (handle_) return;
  if (codec.file.empty()) {
    throw ImageError(
        fmt::format("this build lacks {}, which reads {}; convert the picture to JPEG or PNG, or "
                    "install {} and build again",
                    codec.library, codec.formats, codec.development));
  }
  const char* reason = dlerror();
  throw ImageError(fmt::format("{} is read by {}, which cannot be loaded ({}); install {}",
                               codec.formats, codec.library, reason ? reason : codec.file,
                               package_of(codec.file)));
}

void* CodecLibrary::symbol(const char* name) const {
  void* found = dlsym(handle_, name);
  if (!found) {
    throw ImageError(fmt::format("{} ({}) lacks the function {}; install a newer {}",
                                 codec_.library, codec_.file, name, package_of(codec_.file)));
  }
  return found;
}

std::vector<std::string> available_codecs() {
  std::vector<std::string> lines;
  for (const Codec* codec :
       {&giflib_codec, &libheif_codec, &libavif_codec, &openjpeg_codec, &libtiff_codec}) {
    const std::string state =
        codec->file.empty()
            ? fmt::format("not in this build; install {} and build again", codec->development)
        : open_library(*codec)
            ? std::string(codec->file)
            : fmt::format("{} cannot be loaded; install {}", codec->file, package_of(codec->file));
    lines.push_back(fmt::format("{}: {} ({})", codec->formats, codec->library, state));
  }
  return lines;
}

}  // namespace saccade
