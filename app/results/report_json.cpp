#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "app/cli/base64.h"
#include "app/results/json_values.h"
#include "app/results/report.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

Json to_json(const WrittenMap& written) {
  Json json = to_json(written.map);
  if (!written.file.empty()) json["file"] = written.file;
  if (!written.raw.empty()) json["raw"] = written.raw;
  return json;
}

std::string record_of(const ImageResult& result, const std::string& model) {
  Json predictions = Json::array();
  for (const Prediction& prediction : result.predictions) {
    predictions.push_back(to_json(prediction));
  }
  Json record = {{"file", result.file}, {"model", model}, {"predictions", predictions}};
  if (!result.error.empty()) record["error"] = result.error;
  if (!is_utf8(result.file)) record["file_bytes"] = base64(std::as_bytes(std::span(result.file)));
  if (result.written) {
    Json& maps = record["maps"] = Json::array();
    for (const WrittenMap& map : result.written->maps) maps.push_back(to_json(map));
    if (!result.written->panel.empty()) record["panel"] = result.written->panel;
    if (!result.written->page.empty()) record["page"] = result.written->page;
  }
  return json_line(record);
}

/// One array, with one record per line.
class JsonReport : public Report {
 public:
  explicit JsonReport(const ReportStyle& style) : model_(style.model) {}

  std::string head() override { return "["; }
  std::string record(const ImageResult& result) override {
    const char* separator = first_ ? "\n  " : ",\n  ";
    first_ = false;
    return separator + record_of(result, model_);
  }
  std::string tail() override { return "\n]\n"; }

 private:
  std::string model_;
  bool first_ = true;
};

class JsonLinesReport : public Report {
 public:
  explicit JsonLinesReport(const ReportStyle& style) : model_(style.model) {}

  std::string record(const ImageResult& result) override {
    return record_of(result, model_) + '\n';
  }

 private:
  std::string model_;
};

}  // namespace

std::unique_ptr<Report> make_json_report(const ReportStyle& style) {
  return std::make_unique<JsonReport>(style);
}

std::unique_ptr<Report> make_jsonl_report(const ReportStyle& style) {
  return std::make_unique<JsonLinesReport>(style);
}

}  // namespace saccade
