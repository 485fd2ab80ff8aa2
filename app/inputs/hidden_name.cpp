#include "app/inputs/hidden_name.h"

#include <algorithm>
#include <array>

#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

// Folded. Of macOS's archives, Synology's and QNAP's thumbnails and bins, Windows's thumbnails,
// folder settings and bins.
constexpr std::array<std::string_view, 11> kSystemNames{"__macosx",
                                                        "@eadir",
                                                        "@__thumb",
                                                        "#recycle",
                                                        "#snapshot",
                                                        "@recycle",
                                                        "thumbs.db",
                                                        "ehthumbs.db",
                                                        "desktop.ini",
                                                        "$recycle.bin",
                                                        "system volume information"};

}  // namespace

bool is_hidden_name(std::string_view name) {
  if (name.starts_with('.')) return true;
  return std::find(kSystemNames.begin(), kSystemNames.end(), folded_name(name)) !=
         kSystemNames.end();
}

}  // namespace saccade
