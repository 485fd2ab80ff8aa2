#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "app/report.h"

namespace saccade {
namespace {

using Json = nlohmann::ordered_json;

// nlohmann-json writes doubles: this one prints as the shortest decimal that reads back as `score`.
double shortest(float score) { return std::strtod(fmt::format("{}", score).c_str(), nullptr); }

std::string to_json(const ImageResult& result, const std::string& model) {
  Json predictions = Json::array();
  for (const Prediction& prediction : result.predictions) {
    predictions.push_back({{"index", prediction.index},
                           {"label", prediction.label},
                           {"score", shortest(prediction.score)}});
  }
  Json record = {{"file", result.file}, {"model", model}, {"predictions", predictions}};
  if (!result.error.empty()) record["error"] = result.error;
  // File names need not be UTF-8; JSON must.
  return record.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One array, one record a line.
class JsonReport : public Report {
 public:
  explicit JsonReport(const ReportStyle& style) : model_(style.model) {}

  std::string head() override { return "["; }
  std::string record(const ImageResult& result) override {
    const char* separator = first_ ? "\n  " : ",\n  ";
    first_ = false;
    return separator + to_json(result, model_);
  }
  std::string tail() override { return "\n]\n"; }

 private:
  std::string model_;
  bool first_ = true;
};

class JsonLinesReport : public Report {
 public:
  explicit JsonLinesReport(const ReportStyle& style) : model_(style.model) {}

  std::string record(const ImageResult& result) override { return to_json(result, model_) + '\n'; }

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
