// The explorer's own files, as the build embedded them (app/embed.cmake writes the functions).
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

EmbeddedFile page_html();
EmbeddedFile page_css();
EmbeddedFile page_js();

}  // namespace saccade
