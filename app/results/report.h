// Results as text: four formats behind one interface. README.md describes them for users.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/results/map_id.h"

namespace saccade {

enum class OutputFormat { text, json, jsonl, csv };

struct Prediction {
  int64_t index = 0;
  std::string label;
  float score = 0;
};

/// Files of one map of a picture.
struct WrittenMap {
  MapId map;
  std::string file;  ///< the overlay; empty where there is none
  std::string raw;   ///< the map itself; empty where there is none
};

/// The files that were made of a picture.
struct WrittenFiles {
  std::vector<WrittenMap> maps;
  std::string panel;  ///< empty where there is none
  std::string page;   ///< the explorer; likewise
};

/// What became of one picture: predictions, best first, or an error.
struct ImageResult {
  std::string file;
  std::vector<Prediction> predictions;
  std::string error;                                   ///< empty where it went well
  std::optional<WrittenFiles> written = std::nullopt;  ///< where the command writes any
};

/// Writes results one by one; what it returns, in order, makes up the whole output.
class Report {
 public:
  virtual ~Report() = default;
  virtual std::string head() { return ""; }
  virtual std::string record(const ImageResult& result) = 0;
  virtual std::string tail() { return ""; }
};

struct ReportStyle {
  std::string model;          ///< the model's name in the records
  bool probabilities = true;  ///< scores are within 0-1; text shows them as percentages
  bool colour = false;        ///< text only
};

std::unique_ptr<Report> make_report(OutputFormat format, const ReportStyle& style);

std::unique_ptr<Report> make_text_report(const ReportStyle& style);
std::unique_ptr<Report> make_json_report(const ReportStyle& style);
std::unique_ptr<Report> make_jsonl_report(const ReportStyle& style);
std::unique_ptr<Report> make_csv_report();

}  // namespace saccade
