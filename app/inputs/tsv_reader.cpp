#include "app/inputs/tsv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/inputs/list_file.h"
#include "app/inputs/list_text.h"
#include "app/system/parse_text.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {

TsvReader::TsvReader(const std::filesystem::path& file) : file_(file) {
  ListFile list = read_list_file(file);
  in_.str(std::move(list.text));
  if (!list.problem.empty() || !read_line(header_)) {
    throw SystemError(fmt::format("{}: cannot be read: {}", file.string(),
                                  list.problem.empty() ? "it is empty" : list.problem));
  }
  std::string_view header = header_;
  take_byte_order_mark(header, file.string());
  header_.erase(0, header_.size() - header.size());
  columns_ = split(header_, '\t');
}

bool TsvReader::read_line(std::string& text) {
  if (!std::getline(in_, text)) return false;
  ++line_;
  if (text.ends_with('\r')) text.pop_back();
  return true;
}

bool TsvReader::has(std::string_view column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

bool TsvReader::next() {
  do {
    if (!read_line(row_)) return false;
  } while (row_.empty());
  fields_ = split(row_, '\t');
  if (fields_.size() != columns_.size()) {
    refuse(fmt::format("{} fields, the header has {}", fields_.size(), columns_.size()));
  }
  return true;
}

std::string_view TsvReader::text(std::string_view column) const {
  const auto place = std::find(columns_.begin(), columns_.end(), column) - columns_.begin();
  return fields_[static_cast<size_t>(place)];
}

void TsvReader::refuse(std::string_view what) const {
  throw UsageError(fmt::format("{}: line {}: {}", file_.string(), line_, what));
}

void TsvReader::refuse_number(std::string_view column) const {
  refuse(fmt::format("{}: wanted a number, found '{}'", column, escaped(text(column))));
}

}  // namespace saccade
