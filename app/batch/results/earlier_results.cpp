#include "app/batch/results/earlier_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <string>
#include <system_error>

#include "app/batch/results/result_reader.h"
#include "vision/overlay/atomic_file.h"
#include "weights/base/errors.h"
#include "weights/base/input_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// A line of the file and the index of its picture.
struct Line {
  size_t place;
  uint64_t begin, size;
};

/// Replaces `file` atomically by the given lines of it.
void keep_lines(const fs::path& file, const std::vector<Line>& lines) {
  fs::path temporary = file;
  temporary += ".new";
  InputStream from(file);
  std::ofstream to(temporary, std::ios::binary | std::ios::trunc);
  std::string text;
  uint64_t at = 0;  // seeking discards the read-ahead buffer, so do it only when needed
  for (const Line& line : lines) {
    text.resize(line.size);
    if (line.begin != at) from.seekg(static_cast<std::streamoff>(line.begin));
    at = line.begin + line.size;
    from.read(text.data(), static_cast<std::streamsize>(line.size));
    to << text;
  }
  to.close();
  std::error_code error;
  if (from && to) fs::rename(temporary, file, error);
  if (!from || !to || error) {
    fs::remove(temporary, error);
    throw SystemError(file.string() +
                      ": cannot be rewritten; check that the disk has room for a second copy");
  }
}

}  // namespace

EarlierResults read_earlier_results(const fs::path& file, const NameIndex& names, size_t pictures) {
  EarlierResults earlier(pictures);
  read_results(file, [&](const StoredResult& stored) {
    const ImageResult& result = stored.result;
    const auto image = names.find(result.file);
    if (image && earlier.done[*image]) {
      throw UsageError(
          fmt::format("{}: {} has two records; give --overwrite or another folder "
                      "with -o",
                      file.string(), result.file));
    }
    if (image) earlier.done[*image] = true;
    if (!image) earlier.removed.push_back(result.file);
    if (!result.error.empty()) earlier.failures.push_back({result.file, result.error});
    ++earlier.records;
    earlier.bytes = stored.begin + stored.size;
  });
  return earlier;
}

void drop_failures(const fs::path& file) {
  std::vector<Line> kept;
  bool dropped = false;
  read_results(file, [&](const StoredResult& stored) {
    dropped |= !stored.result.error.empty();
    if (stored.result.error.empty()) kept.push_back({0, stored.begin, stored.size});
  });
  if (dropped) keep_lines(file, kept);
}

void write_places(const fs::path& folder, const NameIndex& names) {
  std::string text;
  read_results(folder / "results.jsonl", [&](const StoredResult& stored) {
    const auto place = names.find(stored.result.file);
    text += place ? fmt::format("{}\n", *place) : "-\n";
  });
  write_file_atomically(folder / "places.txt", std::as_bytes(std::span(text)));
}

bool put_in_order(const fs::path& file, const NameIndex& names) {
  std::vector<Line> lines;
  read_results(file, [&](const StoredResult& stored) {
    const size_t before = lines.empty() ? 0 : lines.back().place;
    lines.push_back({names.find(stored.result.file).value_or(before), stored.begin, stored.size});
  });
  const auto earlier = [](const Line& a, const Line& b) { return a.place < b.place; };
  if (std::is_sorted(lines.begin(), lines.end(), earlier)) return false;
  std::stable_sort(lines.begin(), lines.end(), earlier);
  keep_lines(file, lines);
  return true;
}

}  // namespace saccade
