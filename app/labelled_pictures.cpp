#include "app/labelled_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "app/option_values.h"
#include "app/printable.h"
#include "weights/errors.h"

namespace saccade {
namespace {

constexpr std::array<std::string_view, 4> kBoxColumns{"x0", "y0", "x1", "y1"};

[[noreturn]] void refuse(const std::filesystem::path& list, size_t line, std::string_view what) {
  throw UsageError(fmt::format("{}: line {}: {}", list.string(), line, what));
}

// Where in a row a column is.
class Columns {
 public:
  Columns(const std::filesystem::path& list, std::string_view header)
      : list_(list), names_(split(header, '\t')) {
    for (const std::string_view name : {"file", "index"}) {
      if (!has(name)) {
        refuse(list, 1,
               fmt::format("no column '{}'; the header must name file and index, and x0, y0, x1, "
                           "y1 where there are boxes, with tabs between",
                           name));
      }
    }
    boxes_ = has(kBoxColumns.front());
    for (const std::string_view name : kBoxColumns) {
      if (has(name) != boxes_) refuse(list, 1, "x0, y0, x1 and y1 go together");
    }
  }

  void read(std::string_view row, size_t line) {
    fields_ = split(row, '\t');
    line_ = line;
    if (fields_.size() != names_.size()) {
      refuse(list_, line,
             fmt::format("{} fields, the header has {}", fields_.size(), names_.size()));
    }
  }

  bool boxes() const { return boxes_; }
  std::string_view text(std::string_view name) const {
    const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
    return fields_[size_t(at)];
  }

  template <typename Number>
  Number number(std::string_view name) const {
    const std::string_view field = text(name);
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) {
      refuse(list_, line_, fmt::format("{}: wanted a number, found '{}'", name, printable(field)));
    }
    return value;
  }

 private:
  bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  const std::filesystem::path& list_;
  std::vector<std::string_view> names_;
  bool boxes_ = false;
  std::vector<std::string_view> fields_;
  size_t line_ = 1;
};

Box read_box(const Columns& row, const std::filesystem::path& list, size_t line) {
  const Box box{row.number<double>("x0"), row.number<double>("y0"), row.number<double>("x1"),
                row.number<double>("y1")};
  for (const double side : {box.x1 - box.x0, box.y1 - box.y0}) {
    if (!std::isfinite(side)) {
      refuse(list, line, "the box has no finite size: x0, y0, x1 and y1 must be pixel numbers");
    }
    if (side <= 0) {
      refuse(list, line, "the box is empty: x1 and y1 must be larger than x0 and y0");
    }
  }
  return box;
}

std::string without_line_end(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

std::vector<LabelledPicture> read_labelled_pictures(const std::filesystem::path& list) {
  std::ifstream in(list, std::ios::binary);
  std::string header;
  if (!in || !std::getline(in, header)) {
    throw SystemError(fmt::format("{}: cannot be read: {}", list.string(),
                                  in.eof() ? "it is empty" : std::strerror(errno)));
  }
  header = without_line_end(std::move(header));
  Columns row(list, header);

  std::vector<LabelledPicture> pictures;
  std::map<std::pair<std::string, int64_t>, size_t> places;
  std::string text;
  for (size_t line = 2; std::getline(in, text); ++line) {
    text = without_line_end(std::move(text));
    if (text.empty()) continue;
    row.read(text, line);
    const std::pair key{std::string(row.text("file")), row.number<int64_t>("index")};
    const auto [place, added] = places.try_emplace(key, pictures.size());
    if (added) pictures.push_back({key.first, key.second, {}});
    if (row.boxes()) pictures[place->second].boxes.push_back(read_box(row, list, line));
  }
  if (pictures.empty()) throw UsageError(list.string() + ": it lists no picture");
  return pictures;
}

}  // namespace saccade
