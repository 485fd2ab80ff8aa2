#include "app/cli/atomic_output.h"

#include <span>
#include <system_error>

namespace saccade {

namespace fs = std::filesystem;

AtomicOutput::AtomicOutput(const std::optional<fs::path>& file) {
  if (!file) {
    in_place_.emplace();
    return;
  }
  std::error_code ignored;
  const fs::file_status found = fs::symlink_status(*file, ignored);
  if (fs::exists(found) && !fs::is_regular_file(found)) {
    in_place_.emplace(*file);
  } else {
    part_.emplace(*file);
  }
}

void AtomicOutput::write(std::string_view text) {
  if (part_) return part_->write(std::as_bytes(std::span(text)));
  in_place_->write(text);
  in_place_->flush();
}

void AtomicOutput::finish() { part_ ? part_->commit() : in_place_->close(); }

}  // namespace saccade
