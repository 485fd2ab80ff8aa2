#include "app/evaluate/labelled_pictures.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/evaluate/class_match.h"
#include "app/inputs/tsv_reader.h"
#include "app/predict/class_names.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::array<std::string_view, 4> kBoxColumns{"x0", "y0", "x1", "y1"};

/// Returns whether the list has boxes.
bool check_boxes(const TsvReader& row) {
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
  const bool indexed = row.has("file") && row.has("index");  // beside it, a label is a comment
  const std::string column(indexed ? "index" : class_column(row));
  const bool boxes = check_boxes(row);
  std::vector<LabelledPicture> pictures;
  std::map<std::pair<std::string, std::string>, size_t> places;
  while (row.next()) {
    LabelledPicture picture{std::string(row.text("file")), 0, {}, {}};
    std::string name(row.text(column));
    if (column == "index" && !class_text(name).kind) {
      picture.index = row.number<int64_t>(column);
      name = std::to_string(picture.index);
    } else {
      if (column != "class" && !class_text(name).kind) name.insert(0, column + ':');
      picture.class_name = name;
    }
    const auto [place, added] = places.try_emplace({picture.file, name}, pictures.size());
    if (added) pictures.push_back(std::move(picture));
    if (boxes) pictures[place->second].boxes.push_back(read_box(row));
  }
  if (pictures.empty()) throw UsageError(list.string() + ": lists no picture");
  return pictures;
}

void match_pictures(std::vector<LabelledPicture>& pictures, const Labels& labels, int64_t classes,
                    const std::string& list) {
  LabelledSet set;
  set.column = "class";
  std::map<std::string, size_t> places;
  for (const LabelledPicture& picture : pictures) {
    if (picture.class_name.empty()) continue;
    if (places.try_emplace(picture.class_name, set.classes.size()).second) {
      set.classes.push_back(picture.class_name);
    }
  }
  if (set.classes.empty()) return;
  const ClassMatch match = match_classes(set, labels, classes, std::nullopt, list);
  for (LabelledPicture& picture : pictures) {
    if (picture.class_name.empty()) continue;
    picture.index = match.indices[places.at(picture.class_name)];
  }
}

}  // namespace saccade
