// The gallery's thumbnails.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/batch/gallery/gallery.h"
#include "app/pipeline/picture_decoder.h"
#include "app/pipeline/task_threads.h"
#include "app/system/output_folder.h"

namespace saccade {

/// The picture of a record.
struct GalleryPicture {
  std::string name;                   ///< as in the record
  std::optional<std::string> source;  ///< file, if known
};

/// Keeps one JPEG per picture in a folder. Its name, 16 hexadecimal digits, is a hash of the
/// record's name and the file's size and time, so that a thumbnail of an older version of the
/// picture is not reused. It is in a sub-folder named after the first two digits.
class GalleryThumbnails {
 public:
  /// Longest side in pixels.
  static constexpr int kLongestSide = 160;

  /// Holds references to its arguments. `part` is a sub-folder.
  GalleryThumbnails(const OutputFolder& folder, const std::filesystem::path& part,
                    const GallerySettings& settings);

  /// Creates the missing thumbnails, on several threads. Returns their names without extension; a
  /// name is empty if there is no thumbnail because the file is missing, cannot be decoded, or the
  /// settings say to stop. Throws SystemError if one cannot be written.
  std::vector<std::string> make(const std::vector<GalleryPicture>& pictures);

  /// Removes thumbnails that make() has not returned.
  void remove_others() const;

 private:
  std::string make_one(const GalleryPicture& picture);

  const OutputFolder& folder_;
  std::filesystem::path part_;
  const GallerySettings& settings_;
  PictureDecoder decoder_;
  std::unordered_set<uint64_t> kept_;
  TaskThreads threads_;
};

}  // namespace saccade
