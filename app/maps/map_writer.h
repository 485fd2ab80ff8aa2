// From maps to files.
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

/// A map, and the classes that it explains where it explains any.
struct PictureMap {
  MapId id;
  std::vector<float> values;  ///< one a patch
  std::optional<Prediction> explained;
  std::optional<Prediction> versus;
};

/// A picture of the run.
struct MappedPicture {
  size_t index = 0;  ///< among the inputs
  std::string file;
  PreparedPicture picture;
};

/// Which files are written of a picture's maps, and how they look.
struct MapFileOptions {
  OverlayStyle style;
  std::string extension = ".png";  ///< of overlays and sheets
  bool caption = false;
  bool panel = false;  ///< one sheet of all maps instead of an overlay each
  std::optional<RawFormat> raw;
};

/// Writes what the options ask for. Refers to its arguments, which must outlive it.
class MapWriter {
 public:
  /// `probabilities`: scores are percentages.
  MapWriter(const MapFileOptions& options, const MapOptions& maps, const Checkpoint& checkpoint,
            const MapFiles& files, bool probabilities);

  /// Throws ImageError where a file would take the place of an input, or the format cannot hold the
  /// picture; SystemError where a file cannot be written.
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
