#include "app/batch/results/earlier_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/batch/results/result_reader.h"
#include "app/system/output_file.h"
#include "app/system/regular_file.h"
#include "weights/base/errors.h"
#include "weights/base/input_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlock = 1 << 16;  // bytes written at a time

/// A line of the file and the index of its picture.
struct Line {
  size_t place;
  uint64_t begin, size;
};

/// Replaces results.jsonl atomically by the given lines of it.
void keep_lines(const OutputFolder& folder, const std::vector<Line>& lines) {
  const fs::path name = folder.path() / kResultsFile;
  auto from = RegularFile::open(name);
  if (!from) throw SystemError(name.string() + ": has been removed; start the run again");
  OutputFile to(folder, kResultsFile);
  std::string text;
  std::string pending;
  uint64_t at = 0;  // seeking discards the read-ahead buffer, so do it only when needed
  for (const Line& line : lines) {
    if (line.begin != at) from->seek(line.begin);
    at = line.begin + line.size;
    if (!from->next_line(text)) throw SystemError(name.string() + ": was changed meanwhile");
    pending += text;
    pending += '\n';
    if (pending.size() < kBlock) continue;
    to.write(pending);
    pending.clear();
  }
  to.write(pending);
  to.sync();
  to.commit();
}

}  // namespace

EarlierResults read_earlier_results(const OutputFolder& folder, const NameIndex& names,
                                    size_t pictures) {
  const fs::path file = folder.path() / kResultsFile;
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

void drop_failures(const OutputFolder& folder) {
  std::vector<Line> kept;
  bool dropped = false;
  read_results(folder.path() / kResultsFile, [&](const StoredResult& stored) {
    dropped |= !stored.result.error.empty();
    if (stored.result.error.empty()) kept.push_back({0, stored.begin, stored.size});
  });
  if (dropped) keep_lines(folder, kept);
}

void write_places(const OutputFolder& folder, const NameIndex& names) {
  std::string text;
  read_results(folder.path() / kResultsFile, [&](const StoredResult& stored) {
    const auto place = names.find(stored.result.file);
    text += place ? fmt::format("{}\n", *place) : "-\n";
  });
  folder.write_to_disk("places.txt", text);
}

bool put_in_order(const OutputFolder& folder, const NameIndex& names) {
  std::vector<Line> lines;
  read_results(folder.path() / kResultsFile, [&](const StoredResult& stored) {
    const size_t before = lines.empty() ? 0 : lines.back().place;
    lines.push_back({names.find(stored.result.file).value_or(before), stored.begin, stored.size});
  });
  const auto earlier = [](const Line& a, const Line& b) { return a.place < b.place; };
  if (std::is_sorted(lines.begin(), lines.end(), earlier)) return false;
  std::stable_sort(lines.begin(), lines.end(), earlier);
  keep_lines(folder, lines);
  return true;
}

}  // namespace saccade
