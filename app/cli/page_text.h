// What pages of HTML are put together with.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "app/cli/embedded_file.h"

namespace saccade {

/// JSON that neither ends a script element that holds it nor breaks a line of JavaScript. Names
/// need not be UTF-8; JSON must: other bytes become U+FFFD.
std::string script_json(const nlohmann::ordered_json& json);

/// Sources of a content security policy: 'sha256-...' of each file, with spaces between.
std::string hash_sources(std::initializer_list<EmbeddedFile> files);

/// `page` with each {{name}} replaced. What is put in is not looked at again.
std::string fill_page(std::string_view page,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace saccade
