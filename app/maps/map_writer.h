// From maps to files.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/attend/attend_options.h"
#include "app/maps/map_files.h"
#include "app/predict/prepared_picture.h"
#include "app/results/map_id.h"
#include "app/results/report.h"
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

/// Writes what the options ask for. Refers to what it is made of, which must outlive it.
class MapWriter {
 public:
  MapWriter(const AttendOptions& options, const Checkpoint& checkpoint, const MapFiles& files);

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

  const AttendOptions& options_;
  const Checkpoint& checkpoint_;
  const MapFiles& files_;
  ImageSize input_, grid_;
  bool probabilities_;
};

}  // namespace saccade
