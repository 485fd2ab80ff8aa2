// Results as text: four formats behind one interface. README.md describes them for users.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace saccade {

enum class OutputFormat { text, json, jsonl, csv };

struct Prediction {
  int64_t index = 0;
  std::string label;
  float score = 0;
};

/// What became of one picture: predictions, best first, or an error.
struct ImageResult {
  std::string file;
  std::vector<Prediction> predictions;
  std::string error;  ///< empty where it went well
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
