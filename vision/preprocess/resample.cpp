#include "vision/preprocess/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "vision/preprocess/resample_filter.h"
#include "vision/preprocess/resample_kernels.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr int64_t kMaxIntermediateBytes = int64_t{1} << 30;

// A view of 8-bit RGB rows.
struct Rows {
  const uint8_t* data;
  int64_t count;
  int64_t stride;  // bytes from one row to the next
  const uint8_t* at(int64_t row) const { return data + row * stride; }
};

void check(const cv::Mat& src, ImageSize size, const PixelRect& region) {
  constexpr int64_t max_side = std::numeric_limits<int>::max();
  const bool inside = region.top >= 0 && region.left >= 0 && region.height > 0 &&
                      region.width > 0 && region.height <= max_side &&
                      region.width <= max_side / 3 && region.top <= size.height - region.height &&
                      region.left <= size.width - region.width;
  if (src.empty() || src.dims != 2 || src.type() != CV_8UC3 || !inside) {
    throw std::invalid_argument("resample: wants 8-bit RGB pixels and a region inside the result");
  }
}

// The horizontal pass transposes strips of rows, so that it can use the vertical filter: column x
// of a strip is kStripRows pixels of four bytes, one from each row.
constexpr int64_t kStripRows = 16;
constexpr int64_t kStripStride = 4 * kStripRows;

// Copies columns [begin, end) of `count` rows, starting at `row`. The fourth byte of a pixel is its
// neighbour's first and is never used, but copying four bytes is faster; the last column has none.
void transpose_to_strip(const Rows& src, int64_t row, int64_t count, int64_t begin, int64_t end,
                        uint8_t* strip) {
  for (int64_t x = begin; x < end; ++x, strip += kStripStride) {
    const uint8_t* from = src.at(row) + 3 * x;
    const size_t bytes = x < end - 1 ? 4 : 3;
    for (int64_t r = 0; r < count; ++r) std::memcpy(strip + 4 * r, from + r * src.stride, bytes);
  }
}

// The reverse. Each pixel's fourth byte is overwritten by the next pixel.
void transpose_to_rows(const uint8_t* strip, int64_t columns, int64_t count, uint8_t* rows,
                       int64_t stride) {
  for (int64_t x = 0; x < columns; ++x, strip += kStripStride) {
    uint8_t* to = rows + 3 * x;
    const size_t bytes = x < columns - 1 ? 4 : 3;
    for (int64_t r = 0; r < count; ++r) std::memcpy(to + r * stride, strip + 4 * r, bytes);
  }
}

// Writes each row of `src`, filtered along x, to `out`; its rows are `stride` bytes apart.
void filter_along_x(const Rows& src, const AxisFilter& filter, uint8_t* out, int64_t stride) {
  const int64_t outputs = static_cast<int64_t>(filter.first.size());
  const int64_t begin = filter.first.front();
  const int64_t end = filter.first.back() + filter.count.back();
  std::vector<uint8_t> strip((end - begin) * kStripStride);
  std::vector<uint8_t> filtered(outputs * kStripStride);
  for (int64_t y = 0; y < src.count; y += kStripRows) {
    const int64_t count = std::min(kStripRows, src.count - y);
    transpose_to_strip(src, y, count, begin, end, strip.data());
    apply_filter(filter, strip.data(), kStripStride, filtered.data(), kStripStride, 4 * count);
    transpose_to_rows(filtered.data(), outputs, count, out + y * stride, stride);
  }
}

// Runs both passes for one block of output columns at a time, so that the intermediate result fits
// in the cache and its memory is reused.
constexpr int64_t kBlockColumns = 64;

void filter_both_ways(const Rows& src, int64_t src_width, int64_t width, int64_t left,
                      Interpolation interpolation, const AxisFilter& filter_y, cv::Mat& dst) {
  const int64_t max_columns = std::min<int64_t>(kBlockColumns, dst.cols);
  if (src.count > kMaxIntermediateBytes / (3 * max_columns)) {
    throw ImageError(fmt::format(
        "a picture with {} rows is too tall to be resampled; crop or shrink it first", src.count));
  }
  const auto between = std::make_unique_for_overwrite<uint8_t[]>(src.count * 3 * max_columns);
  for (int64_t x = 0; x < dst.cols; x += kBlockColumns) {
    const int64_t columns = std::min(kBlockColumns, dst.cols - x);
    const AxisFilter filter_x =
        make_axis_filter(src_width, width, left + x, left + x + columns, interpolation);
    filter_along_x(src, filter_x, between.get(), 3 * columns);
    apply_filter(filter_y, between.get(), 3 * columns, dst.data + 3 * x,
                 static_cast<int64_t>(dst.step[0]), 3 * columns);
  }
}

void copy_rows(const Rows& src, cv::Mat& dst) {
  for (int y = 0; y < dst.rows; ++y) {
    std::memcpy(dst.ptr(y), src.at(y), 3 * static_cast<size_t>(dst.cols));
  }
}

cv::Mat resample_nearest(const cv::Mat& src, ImageSize size, const PixelRect& region) {
  const auto ys = nearest_inputs(src.rows, size.height, region.top, region.top + region.height);
  const auto xs = nearest_inputs(src.cols, size.width, region.left, region.left + region.width);
  cv::Mat dst(static_cast<int>(region.height), static_cast<int>(region.width), CV_8UC3);
  for (int y = 0; y < dst.rows; ++y) {
    const uint8_t* from = src.ptr(static_cast<int>(ys[y]));
    uint8_t* to = dst.ptr(y);
    for (const int64_t x : xs) {
      std::memcpy(to, from + 3 * x, 3);
      to += 3;
    }
  }
  return dst;
}

}  // namespace

cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation) {
  return resample(src, size, interpolation, PixelRect{0, 0, size.height, size.width});
}

cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation,
                 const PixelRect& region) {
  check(src, size, region);
  const bool along_x = size.width != src.cols;
  const bool along_y = size.height != src.rows;
  if (interpolation == Interpolation::nearest && (along_x || along_y)) {
    return resample_nearest(src, size, region);
  }

  cv::Mat dst(static_cast<int>(region.height), static_cast<int>(region.width), CV_8UC3);
  const int64_t dst_stride = static_cast<int64_t>(dst.step[0]);
  Rows rows{src.ptr(static_cast<int>(along_y ? 0 : region.top)), region.height,
            static_cast<int64_t>(src.step[0])};
  AxisFilter filter_y;
  if (along_y) {
    filter_y = make_axis_filter(src.rows, size.height, region.top, region.top + region.height,
                                interpolation);
    // The horizontal pass computes only the rows that the vertical one reads.
    rows.data = rows.at(filter_y.first.front());
    rows.count = filter_y.first.back() + filter_y.count.back() - filter_y.first.front();
  }

  if (along_x && along_y) {
    filter_both_ways(rows, src.cols, size.width, region.left, interpolation, filter_y, dst);
  } else if (along_x) {
    const AxisFilter filter_x = make_axis_filter(src.cols, size.width, region.left,
                                                 region.left + region.width, interpolation);
    filter_along_x(rows, filter_x, dst.data, dst_stride);
  } else if (along_y) {
    apply_filter(filter_y, rows.data + 3 * region.left, rows.stride, dst.data, dst_stride,
                 3 * region.width);
  } else {
    rows.data += 3 * region.left;
    copy_rows(rows, dst);
  }
  return dst;
}

}  // namespace saccade
