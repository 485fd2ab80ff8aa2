// Writes a map as numbers for other programs: a file with the values and a JSON sidecar that
// describes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/results/map_id.h"
#include "app/results/report.h"
#include "app/system/output_folder.h"
#include "vision/preprocess/preprocess.h"

namespace saccade {

enum class RawFormat {
  npy,    ///< the values as float32
  png16,  ///< 16-bit grey, scaled from the smallest value to the largest
};

/// The contents of the sidecar.
struct RawMapInfo {
  MapId map;
  std::string picture;  ///< its path
  std::string model;
  ImageSize picture_size;  ///< upright
  SourceRect crop;         ///< the part of the picture that the grid covers, in its pixels
  ImageSize grid;
  std::optional<Prediction> explained;  ///< the class, for class-specific methods
  std::optional<Prediction> versus;     ///< the class of --versus
  HeadFusion rollout_fusion = HeadFusion::mean;
  double discard_ratio = 0;  ///< for rollout
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

/// The ending of a raw map's file name: ".npy", or ".raw.png" to differ from an overlay's ".png".
std::string_view extension_of(RawFormat format);

/// Writes the values to `file` and their description to `sidecar`. Throws SystemError.
void write_raw_map(const OutputFolder& folder, const std::filesystem::path& file,
                   const std::filesystem::path& sidecar, RawFormat format,
                   std::span<const float> values, const RawMapInfo& info);

}  // namespace saccade
