#include "app/earlier_results.h"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <span>
#include <system_error>

#include "app/base64.h"
#include "app/json_values.h"
#include "weights/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// No UTF-8 begins so.
constexpr char kBytesMark = '\xff';

bool is_text(const Json& record, const char* key) {
  return record.contains(key) && record[key].is_string();
}

/// Calls `see` with every whole line, its end included, and its record.
void for_each_record(const fs::path& file,
                     const std::function<void(const std::string&, const Json&)>& see) {
  std::ifstream stream(file, std::ios::binary);
  size_t number = 0;
  for (std::string line; std::getline(stream, line) && !stream.eof();) {
    ++number;
    const Json record = Json::parse(line, nullptr, false);
    if (!record.is_object() || !is_text(record, "file")) {
      throw UsageError(
          fmt::format("{}: line {} is no record of a result; give --overwrite or "
                      "another folder with -o",
                      file.string(), number));
    }
    see(line + '\n', record);
  }
}

}  // namespace

std::string result_key(std::string_view name) {
  return is_utf8(name) ? std::string(name) : kBytesMark + base64(std::as_bytes(std::span(name)));
}

EarlierResults read_earlier_results(const fs::path& file) {
  EarlierResults earlier;
  for_each_record(file, [&](const std::string& line, const Json& record) {
    const std::string name = record["file"];
    earlier.keys.insert(is_text(record, "file_bytes")
                            ? kBytesMark + record["file_bytes"].get<std::string>()
                            : name);
    if (is_text(record, "error")) earlier.failures.push_back({name, record["error"]});
    earlier.bytes += line.size();
  });
  return earlier;
}

void drop_failures(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return;
  fs::path beside = file;
  beside += ".new";
  std::ofstream kept(beside, std::ios::binary | std::ios::trunc);
  for_each_record(file, [&](const std::string& line, const Json& record) {
    if (!is_text(record, "error")) kept << line;
  });
  kept.close();
  if (kept) fs::rename(beside, file, error);
  if (!kept || error) {
    fs::remove(beside, error);
    throw SystemError(file.string() + ": cannot be rewritten without its failures");
  }
}

}  // namespace saccade
