#include "app/maps/raw_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/results/json_values.h"
#include "vision/overlay/picture_file.h"

namespace saccade {
namespace {

Json sidecar_json(const RawMapInfo& info) {
  const MapId& map = info.map;
  Json json = {{"picture", info.picture}, {"model", info.model}};
  json.update(to_json(map));
  if (map.method == MapMethod::rollout) {
    json["head_fusion"] = name_of(info.rollout_fusion);
    json["discard_ratio"] = info.discard_ratio;
  }
  if (info.explained) json["class"] = to_json(*info.explained);
  if (info.versus) json["versus"] = to_json(*info.versus);
  json["grid"] = {{"rows", info.grid.height}, {"columns", info.grid.width}};
  json["picture_size"] = {{"width", info.picture_size.width}, {"height", info.picture_size.height}};
  json["crop"] = {{"x", info.crop.x},
                  {"y", info.crop.y},
                  {"width", info.crop.width},
                  {"height", info.crop.height}};
  return json;
}

}  // namespace

Scaled16 scaled_16(std::span<const float> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  Scaled16 scaled{{}, *low, *high};
  const double range = double(*high) - double(*low);
  for (const float value : values) {
    const double part = range > 0 ? (double(value) - double(*low)) / range : 0;
    scaled.levels.push_back(static_cast<uint16_t>(std::lround(part * 65535)));
  }
  return scaled;
}

std::string npy(std::span<const float> values, ImageSize grid) {
  static_assert(std::endian::native == std::endian::little);
  std::string header = fmt::format(
      "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", grid.height, grid.width);
  constexpr size_t kAlignment = 64;  // of the data, by padding the header
  constexpr size_t kBefore = 10;     // magic, version, length
  const size_t unpadded = kBefore + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const auto data = std::as_bytes(values);
  return bytes.append(reinterpret_cast<const char*>(data.data()), data.size());
}

std::string_view extension_of(RawFormat format) {
  return format == RawFormat::npy ? ".npy" : ".raw.png";
}

void write_raw_map(const OutputFolder& folder, const std::filesystem::path& file,
                   const std::filesystem::path& sidecar, RawFormat format,
                   std::span<const float> values, const RawMapInfo& info) {
  Json json = sidecar_json(info);
  json["file"] = file.filename().string();
  if (format == RawFormat::npy) {
    folder.write(file, npy(values, info.grid));
  } else {
    const Scaled16 scaled = scaled_16(values);
    folder.write(file, encode_png16(scaled.levels, info.grid));
    json["scale"] = {{"minimum", shortest_decimal(scaled.minimum)},
                     {"maximum", shortest_decimal(scaled.maximum)}};
  }
  folder.write(sidecar, json_line(json) + '\n');
}

}  // namespace saccade
