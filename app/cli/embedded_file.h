// Files that the build puts into the program (app/cli/embed.cmake writes the functions).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace saccade {

/// A file's text and the SHA-256 of it, by which a content security policy knows it.
struct EmbeddedFile {
  std::string_view text;
  std::span<const std::byte> sha256;
};

/// Colours and basics that all pages share.
EmbeddedFile theme_css();

}  // namespace saccade
