// Building blocks of the HTML pages.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "app/cli/embedded_file.h"

namespace saccade {

/// JSON that is safe inside a script element: it cannot end the element or break a line of
/// JavaScript. Bytes that are not UTF-8 become U+FFFD.
std::string script_json(const nlohmann::ordered_json& json);

/// Sources for a content security policy: 'sha256-...' of each file, separated by spaces.
std::string hash_sources(std::initializer_list<EmbeddedFile> files);

/// Replaces each {{name}} in `page`. The inserted values are not expanded.
std::string fill_page(std::string_view page,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace saccade
