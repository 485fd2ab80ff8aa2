// Files that the build compiles into the program (app/cli/embed.cmake writes the functions).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace saccade {

/// A file's text and its SHA-256, which a content security policy names.
struct EmbeddedFile {
  std::string_view text;
  std::span<const std::byte> sha256;
};

/// The colours and basic styles of all pages.
EmbeddedFile theme_css();

}  // namespace saccade
