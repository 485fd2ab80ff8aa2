#include "weights/hub/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace saccade {
namespace {

using Url = std::unique_ptr<CURLU, void (*)(CURLU*)>;

Url parsed(const std::string& text) {
  Url url(curl_url(), curl_url_cleanup);
  if (url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) url.reset();
  return url;
}

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return "";
  const std::string result = text;
  curl_free(text);
  return result;
}

}  // namespace

std::string origin_of(const std::string& text) {
  const Url url = parsed(text);
  if (!url) return "";
  const std::string scheme = part(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return "";
  std::string origin = fmt::format("{}://{}:{}", scheme, part(url, CURLUPART_HOST),
                                   part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  std::transform(origin.begin(), origin.end(), origin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return origin;
}

std::string redirected(const std::string& from, const std::string& location) {
  const Url url = parsed(from);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return "";
  const std::string target = part(url, CURLUPART_URL);
  return origin_of(target).empty() ? "" : target;
}

std::string percent_encoded(std::string_view text) {
  const std::unique_ptr<char, void (*)(void*)> encoded(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return encoded ? encoded.get() : "";
}

}  // namespace saccade
