// Reads the tables of data/decode and data/wild, which make_decode_fixtures.py and
// make_wild_fixtures.py write.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/shared_data.h"

namespace saccade::test {

inline std::filesystem::path fixture_path(const std::string& name) {
  return source_path("tests/unit/vision/data/decode") / name;
}

inline std::filesystem::path wild_path(const std::string& name) {
  return source_path("tests/unit/vision/data/wild") / name;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no fixture " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string fixture(const std::string& name) { return file_text(fixture_path(name)); }

/// Returns the rows of a table, split into cells.
inline std::vector<std::vector<std::string>> table_rows(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(file_text(path));
  for (std::string line; std::getline(text, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

inline std::vector<std::vector<std::string>> fixture_table(const std::string& name) {
  return table_rows(fixture_path(name));
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace saccade::test
