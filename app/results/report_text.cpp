#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/results/report.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kPlain = "\x1b[0m";

/// The file's name, then one line per class with score and label, a line if the answer is not sure,
/// then one line per written file.
class TextReport : public Report {
 public:
  explicit TextReport(const ReportStyle& style) : style_(style) {}

  std::string record(const ImageResult& result) override {
    if (!result.error.empty()) return "";  // the error is on standard error
    std::string text = painted(shown(result.file), kBold) + '\n';
    if (result.predictions.empty()) text += "  (no class reaches the threshold)\n";
    std::vector<std::string> scores;
    size_t width = 0;
    for (const Prediction& prediction : result.predictions) {
      scores.push_back(score_text(prediction.score));
      width = std::max(width, scores.back().size());
    }
    for (size_t i = 0; i < scores.size(); ++i) {
      const std::string line =
          fmt::format("{:>{}}  {}", scores[i], width, shown(result.predictions[i].label));
      text += fmt::format("  {}\n", i == 0 ? painted(line, kGreen) : line);
    }
    if (!result.predictions.empty() && style_.unsure_below &&
        result.predictions.front().score < *style_.unsure_below) {
      text += "  not sure: perhaps no class fits; use -m for another model\n";
    }
    return text + (result.written ? paths_text(*result.written) : "");
  }

  bool paints() const override { return true; }

 private:
  std::string shown(const std::string& text) const {
    return style_.terminal ? escaped(text) : printable(text);
  }

  std::string paths_text(const WrittenFiles& written) const {
    std::string text;
    const auto add = [&](const std::string& path) {
      if (!path.empty()) text += fmt::format("    {}\n", shown(path));
    };
    for (const WrittenMap& map : written.maps) {
      add(map.file);
      add(map.raw);
    }
    add(written.panel);
    add(written.page);
    return text;
  }

  std::string score_text(float score) const {
    return style_.probabilities ? fmt::format("{:6.2f}%", 100.0 * score)
                                : fmt::format("{:.4f}", score);
  }

  std::string painted(const std::string& text, const char* paint) const {
    return style_.colour ? fmt::format("{}{}{}", paint, text, kPlain) : text;
  }

  ReportStyle style_;
};

}  // namespace

std::unique_ptr<Report> make_text_report(const ReportStyle& style) {
  return std::make_unique<TextReport>(style);
}

}  // namespace saccade
