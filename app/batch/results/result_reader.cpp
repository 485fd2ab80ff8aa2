#include "app/batch/results/result_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>

#include "app/cli/base64.h"
#include "app/results/json_values.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// Json::at and get throw Json::exception if a member is missing or has another type.

std::string file_of(const Json& record) {
  const auto name = record.at("file").get<std::string>();
  if (!record.contains("file_bytes")) return name;
  const auto bytes = from_base64(record["file_bytes"].get<std::string>());
  return bytes ? *bytes : throw UsageError("file_bytes is not valid base64");
}

WrittenFiles written_files(const Json& maps) {
  WrittenFiles written;
  for (const Json& map : maps) {
    MapId id;
    const auto method = map.at("method").get<std::string>();
    const auto known = std::find_if(kAllMapMethods.begin(), kAllMapMethods.end(),
                                    [&](MapMethod m) { return name_of(m) == method; });
    if (known == kAllMapMethods.end()) throw UsageError("unknown method");
    id.method = *known;
    if (map.contains("class")) id.class_index = map["class"].get<int64_t>();
    written.maps.push_back({id, map.value("file", ""), map.value("raw", "")});
  }
  return written;
}

/// Fills `stored` except for its position.
void read_record(const std::string& line, StoredResult& stored) {
  const std::optional<Json> parsed = parse_json(line);
  if (!parsed) throw UsageError("it is not valid JSON");
  const Json& record = *parsed;
  stored.model = record.value("model", "");
  ImageResult& result = stored.result = {};
  result.file = file_of(record);
  for (const Json& prediction : record.at("predictions")) {
    result.predictions.push_back({prediction.at("index").get<int64_t>(),
                                  prediction.at("label").get<std::string>(),
                                  prediction.at("score").get<float>()});
  }
  if (record.contains("error")) result.error = record["error"].get<std::string>();
  if (record.contains("maps")) result.written = written_files(record["maps"]);
}

}  // namespace

ResultReader::ResultReader(const std::filesystem::path& file)
    : file_(file), lines_(RegularFile::open(file)) {}

const StoredResult* ResultReader::next() {
  if (!lines_ || !lines_->next_line(line_)) return nullptr;
  ++number_;
  stored_.begin += stored_.size;
  stored_.size = line_.size() + 1;
  try {
    read_record(line_, stored_);
  } catch (const std::exception& error) {
    throw UsageError(fmt::format("{}: line {} is not a result record ({})", file_.string(), number_,
                                 error.what()));
  }
  return &stored_;
}

void read_results(const std::filesystem::path& file,
                  const std::function<void(const StoredResult&)>& see) {
  ResultReader reader(file);
  while (const StoredResult* stored = reader.next()) see(*stored);
}

}  // namespace saccade
