// An image file that is open: what it costs and what is decoded are read from one descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "weights/base/input_file.h"

namespace saccade {

class ImageFile {
 public:
  /// Throws ImageError, which names the file, if it cannot be opened, is not a regular file, or is
  /// larger than 1 GiB; SystemError if descriptors or memory have run out.
  explicit ImageFile(const std::filesystem::path& path);

  const std::string& name() const { return name_; }
  /// In bytes, when it was opened. No more are ever read.
  uint64_t size() const { return file_.size(); }
  /// The first bytes, at most `most`. Throws ImageError if they cannot be read.
  std::vector<std::byte> head(uint64_t most) const;
  /// The whole file. Throws ImageError if it cannot be read or is shorter now than when it was
  /// opened.
  std::vector<std::byte> bytes() const;

 private:
  std::string name_;
  InputFile file_;
};

}  // namespace saccade
