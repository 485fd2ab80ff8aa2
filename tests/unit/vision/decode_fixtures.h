// Reads the tables of data/decode, which make_decode_fixtures.py writes.
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

inline std::string fixture(const std::string& name) {
  std::ifstream file(fixture_path(name), std::ios::binary);
  if (!file) throw std::runtime_error("no fixture " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns the rows of a table, split into cells.
inline std::vector<std::vector<std::string>> fixture_table(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(fixture(name));
  for (std::string line; std::getline(text, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace saccade::test
