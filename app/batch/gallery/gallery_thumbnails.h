// The gallery's small pictures.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/batch/gallery/gallery.h"
#include "app/pipeline/memory_budget.h"

namespace saccade {

/// A record's picture.
struct GalleryPicture {
  std::string name;                   ///< as its record has it
  std::optional<std::string> source;  ///< its file, where that is known
};

/// Keeps one JPEG a picture in a folder. Its name, 16 hexadecimal digits, follows from the record's
/// name and the file's size and time, so that one of an older picture is not taken for the new one;
/// it lies in a folder that has the name's first two digits.
class GalleryThumbnails {
 public:
  /// The longer side in pixels, at the most.
  static constexpr int kLongestSide = 160;

  /// Refers to `settings`.
  GalleryThumbnails(const std::filesystem::path& folder, const GallerySettings& settings);

  /// Makes those that are not there yet, by several threads. Returns their names without the
  /// ending; an empty one where there is none: the file is missing or cannot be decoded, or the
  /// settings say to stop. Throws SystemError where one cannot be written.
  std::vector<std::string> make(const std::vector<GalleryPicture>& pictures);

  /// Removes thumbnails that make() has not named.
  void remove_others() const;

 private:
  std::string make_one(const GalleryPicture& picture);

  std::filesystem::path folder_;
  const GallerySettings& settings_;
  MemoryBudget budget_;
  std::unordered_set<uint64_t> kept_;
  oneapi::tbb::global_control allowance_;
  oneapi::tbb::task_arena arena_;
};

}  // namespace saccade
