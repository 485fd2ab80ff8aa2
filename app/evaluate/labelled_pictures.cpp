#include "app/evaluate/labelled_pictures.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "app/inputs/tsv_reader.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::array<std::string_view, 4> kBoxColumns{"x0", "y0", "x1", "y1"};

/// Returns whether the list has boxes.
bool check_columns(const TsvReader& row) {
  for (const std::string_view name : {"file", "index"}) {
    if (row.has(name)) continue;
    row.refuse(
        fmt::format("no column '{}'; the header must name file and index, and x0, y0, x1, y1 if "
                    "there are boxes, separated by tabs",
                    name));
  }
  const bool boxes = row.has(kBoxColumns.front());
  for (const std::string_view name : kBoxColumns) {
    if (row.has(name) != boxes) row.refuse("x0, y0, x1 and y1 must all be given or none of them");
  }
  return boxes;
}

Box read_box(const TsvReader& row) {
  const Box box{row.number<double>("x0"), row.number<double>("y0"), row.number<double>("x1"),
                row.number<double>("y1")};
  for (const double side : {box.x1 - box.x0, box.y1 - box.y0}) {
    if (!std::isfinite(side)) {
      row.refuse("the size of the box is not finite: x0, y0, x1 and y1 must be pixel coordinates");
    }
    if (side <= 0) row.refuse("the box is empty: x1 and y1 must be larger than x0 and y0");
  }
  return box;
}

}  // namespace

std::vector<LabelledPicture> read_labelled_pictures(const std::filesystem::path& list) {
  TsvReader row(list);
  const bool boxes = check_columns(row);
  std::vector<LabelledPicture> pictures;
  std::map<std::pair<std::string, int64_t>, size_t> places;
  while (row.next()) {
    const std::pair key{std::string(row.text("file")), row.number<int64_t>("index")};
    const auto [place, added] = places.try_emplace(key, pictures.size());
    if (added) pictures.push_back({key.first, key.second, {}});
    if (boxes) pictures[place->second].boxes.push_back(read_box(row));
  }
  if (pictures.empty()) throw UsageError(list.string() + ": lists no picture");
  return pictures;
}

}  // namespace saccade
