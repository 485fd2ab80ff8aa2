#include "app/cli/page_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/cli/base64.h"

namespace saccade {

std::string script_json(const nlohmann::ordered_json& json) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::string_view all = text;
  std::string safe;
  safe.reserve(text.size());
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string_view here = all.substr(i, 3);
    if (all[i] == '<') {
      safe += "\\u003c";
    } else if (here == "\u2028" || here == "\u2029") {  // ends a line in JavaScript
      safe += here == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      safe += all[i];
    }
  }
  return safe;
}

std::string hash_sources(std::initializer_list<EmbeddedFile> files) {
  std::string sources;
  for (const EmbeddedFile& file : files) {
    sources += fmt::format("{}'sha256-{}'", sources.empty() ? "" : " ", base64(file.sha256));
  }
  return sources;
}

std::string fill_page(std::string_view page,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  size_t size = page.size();
  for (const auto& [name, value] : values) size += value.size();
  std::string filled;
  filled.reserve(size);
  for (size_t open = page.find("{{"); open != page.npos; open = page.find("{{")) {
    const size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    filled += page.substr(0, open);
    filled += std::find_if(values.begin(), values.end(), [&](const auto& value) {
                return value.first == name;
              })->second;
    page.remove_prefix(close + 2);
  }
  filled += page;
  return filled;
}

}  // namespace saccade
