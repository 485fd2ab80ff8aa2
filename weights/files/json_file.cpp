#include "weights/files/json_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "weights/base/errors.h"
#include "weights/base/json_text.h"
#include "weights/files/mapped_file.h"

namespace saccade {
namespace {

constexpr size_t max_file_bytes = 64'000'000;

}  // namespace

nlohmann::json read_json_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (file.bytes().size() > max_file_bytes) {
    throw ModelError(fmt::format("{}: {} bytes of JSON; wanted at most {}", path.string(),
                                 file.bytes().size(), max_file_bytes));
  }
  const auto* text = reinterpret_cast<const char*>(file.bytes().data());
  return parse_json_object({text, file.bytes().size()}, path.string());
}

}  // namespace saccade
