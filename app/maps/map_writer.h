// Writes maps to files.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/maps/map_files.h"
#include "app/maps/map_options.h"
#include "app/maps/raw_map.h"
#include "app/predict/prepared_picture.h"
#include "app/results/map_id.h"
#include "app/results/report.h"
#include "vision/overlay/overlay.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A map and, for class-specific methods, its classes.
struct PictureMap {
  MapId id;
  std::vector<float> values;  ///< one per patch
  std::optional<Prediction> explained;
  std::optional<Prediction> versus;
};

/// A decoded picture of the run.
struct MappedPicture {
  size_t index = 0;  ///< index among the inputs
  std::string file;
  PreparedPicture picture;
};

/// Which files to write for a picture's maps, and their style.
struct MapFileOptions {
  OverlayStyle style;
  std::string extension = ".png";  ///< of overlays and sheets
  bool caption = false;
  bool panel = false;  ///< one sheet of all maps instead of one overlay per map
  std::optional<RawFormat> raw;
};

/// Writes the files that the options select. Holds references to its arguments, which must outlive
/// it.
class MapWriter {
 public:
  /// If `probabilities`, scores are printed as percentages.
  MapWriter(const MapFileOptions& options, const MapOptions& maps, const Checkpoint& checkpoint,
            const MapFiles& files, bool probabilities);

  /// Throws ImageError if a file would overwrite an input or the format cannot store the picture;
  /// SystemError if a file cannot be written.
  WrittenFiles write(const MappedPicture& picture, const std::vector<PictureMap>& maps,
                     const std::vector<Prediction>& predictions) const;

 private:
  cv::Mat draw(const cv::Mat& rgb, const SourceRect& seen, const PictureMap& map) const;
  std::string write_overlay(const MappedPicture& picture, const PictureMap& map) const;
  std::string write_raw(const MappedPicture& picture, const PictureMap& map) const;
  std::string write_panel(const MappedPicture& picture, const std::vector<PictureMap>& maps,
                          const std::vector<Prediction>& predictions) const;

  const MapFileOptions& options_;
  const MapOptions& maps_;
  const Checkpoint& checkpoint_;
  const MapFiles& files_;
  ImageSize input_, grid_;
  bool probabilities_;
};

}  // namespace saccade
