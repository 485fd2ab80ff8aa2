// Addresses, as far as the hub needs them (libcurl's own parser).
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// Who would be spoken to: "https://host:443", in lower case; empty unless `url` is one of http or
/// https. Two addresses of one origin belong to one server.
std::string origin_of(const std::string& url);

/// Where the header Location `location` leads that came from `url`; it may be relative. Empty where
/// it is no address of http or https.
std::string redirected(const std::string& url, const std::string& location);

/// Every byte but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace saccade
