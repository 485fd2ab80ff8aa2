#include "app/cli/atomic_output.h"

#include <utility>

#include "app/cli/output_target.h"

namespace saccade {

AtomicOutput::AtomicOutput(const std::optional<std::filesystem::path>& file) {
  if (!file) {
    in_place_.emplace();
  } else if (std::optional<Descriptor> stream = open_stream(*file)) {
    in_place_.emplace(std::move(*stream), file->string());
  } else {
    folder_.emplace(folder_of_output(*file));
    part_.emplace(*folder_, file->filename());
  }
}

void AtomicOutput::write(std::string_view text) {
  if (part_) return part_->write(text);
  in_place_->write(text);
  in_place_->flush();
}

void AtomicOutput::finish() { part_ ? part_->commit() : in_place_->close(); }

}  // namespace saccade
