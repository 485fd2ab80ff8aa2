// Codec libraries that are loaded when the first file of their kind appears, so that a start
// without such a file does not pay for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/base/errors.h"

namespace saccade {

/// One codec library, and whether this build and this machine have it.
struct Codec {
  std::string_view formats;      ///< what it reads: "GIF"
  std::string_view library;      ///< "giflib"
  std::string_view file;         ///< what the dynamic linker opens; empty if built without it
  std::string_view development;  ///< Debian's package of what a build with it needs
};

extern const Codec giflib_codec, libheif_codec, libavif_codec, openjpeg_codec, libtiff_codec;

/// A loaded library. Never unloaded: its functions may have registered others with the process.
class CodecLibrary {
 public:
  /// Throws ImageError, which names the library and the remedy, if the build lacks it or it cannot
  /// be opened.
  explicit CodecLibrary(const Codec& codec);

  /// Returns the function `name`, whose type the library's header declares. Throws ImageError if
  /// the library lacks it.
  template <typename Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  const Codec& codec_;
  void* handle_;
};

/// One line for each codec library: what it reads, and whether it can be loaded.
std::vector<std::string> available_codecs();

}  // namespace saccade
