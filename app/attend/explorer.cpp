#include "app/attend/explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "app/attend/explorer/page.h"
#include "app/cli/base64.h"
#include "app/cli/page_text.h"

namespace saccade {
namespace {

using Json = nlohmann::ordered_json;

/// Allowance for predictions, names and colour maps, beside the photo, the maps and the attention.
constexpr size_t kTextBytes = 100'000;

void require(bool condition, const char* complaint) {
  if (!condition) throw std::invalid_argument(fmt::format("explorer_page: {}", complaint));
}

/// A class-specific method has one map for each of the first predictions; all such methods have the
/// same number.
void check(const ExplorerMethod& method, const ExplorerData& data) {
  const auto same_kind = std::find_if(
      data.methods.begin(), data.methods.end(),
      [&](const ExplorerMethod& other) { return other.class_specific == method.class_specific; });
  require(!method.maps.empty() && method.maps.size() == same_kind->maps.size() &&
              method.maps.size() <= (method.class_specific ? data.predictions.size() : 1),
          "the number of a method's maps does not match its classes");
  const auto patches = static_cast<size_t>(data.grid.height * data.grid.width);
  for (const std::vector<float>& map : method.maps) {
    require(map.size() == patches, "the size of a map does not match the grid");
  }
}

void check(const ExplorerData& data, const AttentionStore& store) {
  const auto tokens = static_cast<size_t>(store.tokens());
  const auto patches = static_cast<size_t>(data.grid.height * data.grid.width);
  require(patches > 0 && data.photo.size.height > 0 && data.photo.size.width > 0,
          "the grid or the photo is empty");
  require(data.prefix.size() + patches == tokens, "the tokens must be the prefix and the patches");
  require(data.head_rows.size() == tokens, "head_rows must have one weight per token");
  for (const ExplorerMethod& method : data.methods) check(method, data);
}

/// IEEE 754 single precision, little-endian, as page.js reads it.
std::vector<std::byte> little_endian(std::span<const float> values) {
  std::vector<std::byte> bytes;
  bytes.reserve(values.size() * sizeof(float));
  for (const float value : values) {
    const auto bits = std::bit_cast<uint32_t>(value);
    for (const int shift : {0, 8, 16, 24}) bytes.push_back(static_cast<std::byte>(bits >> shift));
  }
  return bytes;
}

std::string packed(std::span<const float> values) { return base64(little_endian(values)); }

Json to_json(const ExplorerMethod& method) {
  Json maps = Json::array();
  for (const std::vector<float>& map : method.maps) maps.push_back(packed(map));
  return {{"name", method.name}, {"class_specific", method.class_specific}, {"maps", maps}};
}

/// In the order of Colormap.
Json colour_maps() {
  Json maps = Json::array();
  for (const Colormap colormap : kAllColormaps) {
    std::vector<std::byte> rgb;
    for (const cv::Vec3b& colour : colours_of(colormap)) {
      for (const uint8_t channel : colour.val) rgb.push_back(std::byte{channel});
    }
    maps.push_back({{"name", name_of(colormap)}, {"rgb", base64(rgb)}});
  }
  return maps;
}

/// The page's data; page.js documents the fields.
Json to_json(const ExplorerData& data, const AttentionStore& store) {
  Json predictions = Json::array();
  for (const Prediction& prediction : data.predictions) {
    predictions.push_back(
        {{"index", prediction.index}, {"label", prediction.label}, {"score", prediction.score}});
  }
  Json methods = Json::array();
  for (const ExplorerMethod& method : data.methods) methods.push_back(to_json(method));
  const CoveredRect& covered = data.covered;
  return {{"model", data.model},
          {"file", data.file},
          {"photo", {{"width", data.photo.size.width}, {"height", data.photo.size.height}}},
          {"grid", {{"rows", data.grid.height}, {"columns", data.grid.width}}},
          {"covered", {covered.x, covered.y, covered.width, covered.height}},
          {"predictions", predictions},
          {"probabilities", data.probabilities},
          {"prefix", data.prefix},
          {"head_rows", packed(data.head_rows)},
          {"layers", store.depth()},
          {"first_layer", store.first_layer()},
          {"heads", store.heads()},
          {"methods", methods},
          {"colour_maps", colour_maps()},
          {"colour_map", static_cast<int>(data.colour_map)},
          {"limit", kExplorerPageBytes}};
}

std::string layer_script(int64_t layer, const QuantizedAttention& attention) {
  std::vector<std::byte> bytes = little_endian(attention.maxima);
  const auto levels = std::as_bytes(std::span(attention.levels));
  bytes.insert(bytes.end(), levels.begin(), levels.end());
  return fmt::format("<script type=\"text/plain\" id=\"layer-{}\">{}</script>\n", layer,
                     base64(bytes));
}

std::string layer_scripts(const AttentionStore& store) {
  std::string scripts;
  for (int64_t layer = store.first_layer(); layer < store.depth(); ++layer) {
    scripts += layer_script(layer, store.layer(layer));
  }
  return scripts;
}

/// Only the embedded script and style may run; nothing may be loaded.
std::string security_policy() {
  return fmt::format(
      "default-src 'none'; img-src data:; style-src {}; script-src {}; "
      "base-uri 'none'; form-action 'none'",
      hash_sources({theme_css(), page_css()}), hash_sources({page_js()}));
}

}  // namespace

std::string explorer_page(const ExplorerData& data, const AttentionStore& store) {
  check(data, store);
  return fill_page(page_html().text, {{"policy", security_policy()},
                                      {"theme", theme_css().text},
                                      {"css", page_css().text},
                                      {"js", page_js().text},
                                      {"photo", base64(data.photo.jpeg)},
                                      {"data", script_json(to_json(data, store))},
                                      {"layers", layer_scripts(store)}});
}

size_t explorer_attention_budget(size_t jpeg_bytes, size_t maps, ImageSize grid) {
  const auto patches = static_cast<size_t>(grid.height * grid.width);
  const size_t code = page_html().text.size() + theme_css().text.size() + page_css().text.size() +
                      page_js().text.size();
  const size_t others =
      code + kTextBytes + base64_size(jpeg_bytes) + maps * base64_size(patches * sizeof(float));
  return kExplorerPageBytes - std::min(others, kExplorerPageBytes);
}

}  // namespace saccade
