// A map as numbers, for other programs: a file with its values, and a sidecar that says what they
// are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/results/map_id.h"
#include "app/results/report.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

enum class RawFormat {
  npy,    ///< as it is
  png16,  ///< 16-bit grey, from the smallest value to the greatest
};

/// What the sidecar tells of a map.
struct RawMapInfo {
  MapId map;
  std::string picture;  ///< its file
  std::string model;
  ImageSize picture_size;  ///< upright
  SourceRect crop;         ///< the part of the picture that the grid covers, in its pixels
  ImageSize grid;
  std::optional<Prediction> explained;  ///< the class, where there is one
  std::optional<Prediction> versus;     ///< likewise
  HeadFusion rollout_fusion = HeadFusion::mean;
  double discard_ratio = 0;  ///< of rollout
};

/// value = minimum + level / 65535 * (maximum - minimum)
struct Scaled16 {
  std::vector<uint16_t> levels;
  float minimum = 0;
  float maximum = 0;
};
Scaled16 scaled_16(std::span<const float> values);

/// A NumPy file, version 1.0: f32, little-endian, C order, [rows, columns].
/// Format: numpy/lib/format.py.
std::string npy(std::span<const float> values, ImageSize grid);

/// What follows the stem of a raw map's name: ".npy", or ".raw.png" beside a picture's ".png".
std::string_view extension_of(RawFormat format);

/// Writes the values to `file` and the sidecar to `sidecar`. Throws SystemError.
void write_raw_map(const std::filesystem::path& file, const std::filesystem::path& sidecar,
                   RawFormat format, std::span<const float> values, const RawMapInfo& info);

}  // namespace saccade
