// The URL operations that the hub needs, by libcurl's parser.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// Returns the server of a URL in lower case, "https://host:443"; "" if `url` is not a valid http
/// or https URL.
std::string origin_of(const std::string& url);

/// Resolves the header Location of a response from `url`, which may be relative. Returns "" if the
/// result is not a valid http or https URL.
std::string redirected(const std::string& url, const std::string& location);

/// Encodes every byte except letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace saccade
