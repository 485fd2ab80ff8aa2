// Rows divided among threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace saccade {

/// `rows` rows in `count` chunks. The first chunks may be larger by one row.
struct RowChunks {
  int64_t rows, count;

  int64_t larger() const { return rows % count; }
  int64_t first(int64_t chunk) const { return chunk * (rows / count) + std::min(chunk, larger()); }
  int64_t size(int64_t chunk) const { return rows / count + (chunk < larger()); }
};

}  // namespace saccade
