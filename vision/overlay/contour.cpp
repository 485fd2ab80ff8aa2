#include "vision/overlay/contour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "vision/overlay/bicubic_rows.h"

namespace saccade {
namespace {

constexpr std::array<float, 2> kLevels{0.5f, 0.75f};
constexpr int kSubPixelBits = 4;

struct Segment {
  cv::Point2d from;
  cv::Point2d to;
};

/// The map sampled on a lattice finer than the patches. The lattice's corners are those of the area
/// that the grid covers.
struct Lattice {
  int rows;
  int cols;
  std::vector<float> values;
  float at(int y, int x) const { return values[static_cast<size_t>(y * cols + x)]; }
};

/// Enough points for smooth curves, but not more than a picture has pixels.
int lattice_points(int64_t patches) {
  constexpr int64_t kPerPatch = 12;
  constexpr int64_t kMaxPoints = 2048;
  return static_cast<int>(std::min(patches * kPerPatch, kMaxPoints)) + 1;
}

std::vector<double> lattice_positions(int points, int64_t patches) {
  std::vector<double> positions;
  for (int i = 0; i < points; ++i) {
    positions.push_back(static_cast<double>(i) / (points - 1) * static_cast<double>(patches) - 0.5);
  }
  return positions;
}

Lattice make_lattice(std::span<const float> map, ImageSize grid) {
  Lattice lattice{lattice_points(grid.height), lattice_points(grid.width), {}};
  const auto width = static_cast<size_t>(lattice.cols);
  lattice.values.resize(static_cast<size_t>(lattice.rows) * width);
  const BicubicRows sampler(map, grid, lattice_positions(lattice.cols, grid.width));
  const std::vector<double> rows = lattice_positions(lattice.rows, grid.height);
  for (size_t y = 0; y < rows.size(); ++y) {
    sampler.read(rows[y], std::span(lattice.values).subspan(y * width, width));
  }
  return lattice;
}

/// Adds the contour segments in the cell below and right of lattice point (y, x) by marching
/// squares; the mean of the corners decides how a saddle is split.
void add_cell(const Lattice& lattice, int y, int x, float level, std::vector<Segment>& segments) {
  const std::array<float, 4> value{lattice.at(y, x), lattice.at(y, x + 1), lattice.at(y + 1, x + 1),
                                   lattice.at(y + 1, x)};
  const std::array<cv::Point2d, 4> corner{cv::Point2d(x, y), cv::Point2d(x + 1, y),
                                          cv::Point2d(x + 1, y + 1), cv::Point2d(x, y + 1)};
  std::array<cv::Point2d, 4> crossing;  // in the order top, right, bottom, left
  size_t count = 0;
  for (size_t k = 0; k < 4; ++k) {
    const size_t next = (k + 1) % 4;
    if ((value[k] >= level) == (value[next] >= level)) continue;
    const double t = (level - value[k]) / (value[next] - value[k]);
    crossing[count++] = corner[k] + t * (corner[next] - corner[k]);
  }
  if (count == 2) segments.push_back({crossing[0], crossing[1]});
  if (count < 4) return;
  const bool middle_is_hot = value[0] + value[1] + value[2] + value[3] >= 4 * level;
  if (middle_is_hot == (value[0] >= level)) {
    segments.push_back({crossing[0], crossing[1]});
    segments.push_back({crossing[2], crossing[3]});
  } else {
    segments.push_back({crossing[3], crossing[0]});
    segments.push_back({crossing[1], crossing[2]});
  }
}

std::vector<Segment> level_lines(const Lattice& lattice) {
  std::vector<Segment> segments;
  for (const float level : kLevels) {
    for (int y = 0; y + 1 < lattice.rows; ++y) {
      for (int x = 0; x + 1 < lattice.cols; ++x) add_cell(lattice, y, x, level, segments);
    }
  }
  return segments;
}

}  // namespace

void draw_contours(cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                   const SourceRect& covered) {
  const Lattice lattice = make_lattice(map, grid);
  // OpenCV's (0, 0) is the centre of the first pixel.
  const auto to_picture = [&](const cv::Point2d& point) {
    const double x = covered.x + point.x / (lattice.cols - 1) * covered.width - 0.5;
    const double y = covered.y + point.y / (lattice.rows - 1) * covered.height - 0.5;
    return cv::Point(cv::saturate_cast<int>(x * (1 << kSubPixelBits)),
                     cv::saturate_cast<int>(y * (1 << kSubPixelBits)));
  };
  const int light = 1 + std::min(rgb.rows, rgb.cols) / 280;
  const int dark = light + 2 * std::max(1, cvRound(light / 2.0));
  const std::vector<Segment> segments = level_lines(lattice);
  const auto draw = [&](const cv::Scalar& colour, int thickness) {
    for (const Segment& segment : segments) {
      cv::line(rgb, to_picture(segment.from), to_picture(segment.to), colour, thickness,
               cv::LINE_AA, kSubPixelBits);
    }
  };
  draw({24, 24, 24}, dark);
  draw({255, 255, 255}, light);
}

}  // namespace saccade
