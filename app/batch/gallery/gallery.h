// A run as pages to look at: a gallery of its pictures that opens from disk. The page's own files
// are in app/gallery/; this puts the run's records and thumbnails beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace saccade {

/// What the page says of the run as a whole.
struct GalleryFacts {
  std::string model;          ///< its path; the last part is shown
  bool probabilities = true;  ///< scores are within 0-1, shown as percentages
  std::string outcome;        ///< as in run.json: "finished", "interrupted"
  std::string written;        ///< when, as shown
  uint64_t pictures = 0;      ///< that were found; those without a record are yet to come
};

struct GallerySettings {
  uint64_t max_pixels = 200'000'000;  ///< larger pictures get no thumbnail
  bool apply_exif = true;
  int threads = 1;                 ///< that make thumbnails
  uint64_t memory = 256u << 20;    ///< that they may take for it, in bytes
  size_t most_pictures = 100'000;  ///< a longer run is shown by its least certain ones
  size_t most_failures = 10'000;   ///< the first ones
  /// Asked before each thumbnail, by several threads: once it says true, no more are made, and the
  /// page comes without. May be empty.
  std::function<bool()> stopped;
};

/// The picture that a record names; nullopt where it is not known: then there is neither thumbnail
/// nor link.
using PictureSource = std::function<std::optional<std::string>(const std::string& name)>;

/// Writes `folder`/report/index.html and what belongs to it, from `folder`/results.jsonl. The
/// records pass through memory, a few thousand at a time. Thumbnails that an earlier call made of
/// the same files stay, others go. `source` is called by one thread, for every picture shown.
/// Throws SystemError where a file cannot be written, UsageError where a record is none.
void write_gallery(const std::filesystem::path& folder, const GalleryFacts& facts,
                   const GallerySettings& settings, const PictureSource& source);

}  // namespace saccade
