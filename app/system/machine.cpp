#include "app/system/machine.h"

#include <cstdlib>
#include <fstream>
#include <optional>

namespace saccade {
namespace {

/// The text after "FIELD:" and blanks in the first line that begins with it.
std::optional<std::string> field_of(const char* file, std::string_view field) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(field)) continue;
    const size_t colon = line.find_first_not_of(" \t", field.size());
    if (colon == line.npos || line[colon] != ':') continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == line.npos ? std::string() : line.substr(begin);
  }
  return std::nullopt;
}

}  // namespace

std::string cpu_name() { return field_of("/proc/cpuinfo", "model name").value_or("unknown"); }

uint64_t status_bytes(std::string_view field) {
  const std::string kilobytes = field_of("/proc/self/status", field).value_or("");
  return std::strtoull(kilobytes.c_str(), nullptr, 10) * 1024;
}

}  // namespace saccade
