// Writes a gallery of a run's pictures that a browser opens from disk: an HTML page, the run's
// records and thumbnails. The page's own files are in this folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/system/output_folder.h"

namespace saccade {

/// Facts about the whole run that the page shows.
struct GalleryFacts {
  std::string model;          ///< path of the model; the last component is shown
  bool probabilities = true;  ///< scores are within 0-1 and shown as percentages
  std::string outcome;        ///< as in run.json: "finished", "interrupted", ...
  std::string written;        ///< time of the run, as shown
  uint64_t pictures = 0;      ///< number found; those without a record are still to come
};

struct GallerySettings {
  uint64_t max_pixels = 200'000'000;  ///< larger pictures get no thumbnail
  bool apply_exif = true;
  int threads = 1;               ///< number of threads that make thumbnails
  uint64_t memory = 256u << 20;  ///< limit for making thumbnails, in bytes
  std::optional<std::chrono::seconds> picture_timeout = {};  ///< for decoding one picture
  size_t most_pictures = 100'000;  ///< of a longer run, the least certain ones are shown
  size_t most_failures = 10'000;   ///< the first ones are shown
  bool links = true;               ///< to the pictures, where they are
  /// Polled before each thumbnail, by several threads. Once it returns true, the remaining
  /// thumbnails are skipped. May be empty.
  std::function<bool()> stopped;
};

/// Maps a record's name to the file of its picture; nullopt if unknown, then the page has neither
/// thumbnail nor link.
using PictureSource = std::function<std::optional<std::string>(const std::string& name)>;

/// Writes `folder`/report/index.html and its data files from `folder`/results.jsonl. Holds only a
/// few thousand records in memory at a time. Thumbnails that an earlier call made of the same files
/// are kept, others are removed. `source` is called from one thread, for every picture shown.
/// Throws SystemError if a file cannot be written, UsageError if a line of the results is not a
/// record.
void write_gallery(const OutputFolder& folder, const GalleryFacts& facts,
                   const GallerySettings& settings, const PictureSource& source);

}  // namespace saccade
