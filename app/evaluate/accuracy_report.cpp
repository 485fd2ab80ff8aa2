#include "app/evaluate/accuracy_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>

#include "app/predict/class_label.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr size_t kShownRows = 10;  // number of rows of a table in text

double ratio(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::string label_of(const AccuracyResult& result, int64_t index) {
  return class_label(result.labels, index, LabelType::description);
}

std::string plural(size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::vector<ClassAccuracy> with_pictures(std::vector<ClassAccuracy> classes) {
  std::erase_if(classes, [](const ClassAccuracy& one) { return one.pictures == 0; });
  return classes;
}

std::string heading(std::string_view title, size_t shown, size_t all) {
  return fmt::format("\n{}{}\n", title, shown < all ? fmt::format(", {} of {}", shown, all) : "");
}

std::string summary_text(const AccuracyResult& result, const std::vector<ClassAccuracy>& classes) {
  const AccuracyCount& count = result.count;
  const int64_t all = count.pictures();
  const Interval interval = wilson_interval(count.top1(), all);
  const Means means = macro_means(classes);
  const Calibration calibration = count.calibration();
  std::string text = fmt::format("{}: {} of {}, named by {}\n\n", escaped(result.model),
                                 plural(static_cast<size_t>(all), "picture", "pictures"),
                                 plural(with_pictures(classes).size(), "class", "classes"),
                                 name_of(result.scheme));
  text += fmt::format("{:<12}{:6.2f} %   {} of {}, 95 % interval {:.2f} to {:.2f} %\n", "top-1",
                      100 * ratio(count.top1(), all), count.top1(), all, 100 * interval.low,
                      100 * interval.high);
  text += fmt::format("{:<12}{:6.2f} %   {} of {}\n", fmt::format("top-{}", result.best),
                      100 * ratio(count.topk(), all), count.topk(), all);
  for (const auto& [name, mean] :
       {std::pair{"precision", means.precision}, {"recall", means.recall}, {"F1", means.f1}}) {
    text += fmt::format("{:<12}{:6.2f} %   mean of the classes\n", name, 100 * mean);
  }
  text += fmt::format("{:<12}{:6.2f} %   mean of the best scores\n", "confidence",
                      100 * calibration.confidence);
  text += fmt::format("{:<12}{:6.2f} %   expected calibration error, {} bins\n", "ECE",
                      100 * calibration.error, kCalibrationBins);
  return text;
}

std::string left_out_text(const AccuracyResult& result) {
  std::vector<std::string> parts;
  if (!result.failures.empty()) {
    parts.push_back(plural(result.failures.size(), "picture", "pictures") +
                    " without an answer (see the errors)");
  }
  if (result.unreadable_folders > 0) {
    parts.push_back(plural(result.unreadable_folders, "unreadable folder", "unreadable folders"));
  }
  if (result.outside > 0) {
    parts.push_back(plural(result.outside, "picture", "pictures") + " outside class folders");
  }
  return parts.empty() ? "" : fmt::format("\nnot counted: {}\n", fmt::join(parts, "; "));
}

std::string classes_text(const AccuracyResult& result, std::vector<ClassAccuracy> classes,
                         bool all) {
  classes = with_pictures(std::move(classes));
  std::stable_sort(classes.begin(), classes.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.f1, -a.pictures) < std::tuple(b.f1, -b.pictures);
  });
  const size_t shown = all ? classes.size() : std::min(kShownRows, classes.size());
  std::string text = heading("classes, worst F1 first", shown, classes.size());
  text += fmt::format("{:>8}{:>11}{:>9}{:>10}  class\n", "F1", "precision", "recall", "pictures");
  for (const ClassAccuracy& one : std::span(classes).first(shown)) {
    const std::string precision =
        one.precision ? fmt::format("{:.3f}", *one.precision) : std::string("-");
    text += fmt::format("{:>8.3f}{:>11}{:>9.3f}{:>10}  {}\n", one.f1, precision, *one.recall,
                        one.pictures, escaped(label_of(result, one.index)));
  }
  return text;
}

std::string confusions_text(const AccuracyResult& result, bool all) {
  std::vector<Confusion> confusions = result.count.confusions();
  std::erase_if(confusions, [](const Confusion& pair) { return pair.truth == pair.predicted; });
  if (confusions.empty()) return "";
  std::stable_sort(confusions.begin(), confusions.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  const size_t shown = all ? confusions.size() : std::min(kShownRows, confusions.size());
  std::string text = heading("taken for another, most often first", shown, confusions.size());
  for (const Confusion& pair : std::span(confusions).first(shown)) {
    text += fmt::format("{:>8}  {} -> {}\n", pair.count, escaped(label_of(result, pair.truth)),
                        escaped(label_of(result, pair.predicted)));
  }
  return text;
}

Json to_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json classes_json(const AccuracyResult& result, const std::vector<ClassAccuracy>& classes) {
  Json list = Json::array();
  for (const ClassAccuracy& one : classes) {
    list.push_back({{"index", one.index},
                    {"label", label_of(result, one.index)},
                    {"pictures", one.pictures},
                    {"predicted", one.predicted},
                    {"correct", one.correct},
                    {"precision", to_json(one.precision)},
                    {"recall", to_json(one.recall)},
                    {"f1", one.f1}});
  }
  return list;
}

Json calibration_json(const Calibration& calibration) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : calibration.bins) {
    const bool some = bin.count > 0;
    bins.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"pictures", bin.count},
                    {"accuracy", some ? Json(bin.accuracy) : Json()},
                    {"confidence", some ? Json(bin.confidence) : Json()}});
  }
  return {{"ece", calibration.error},
          {"mean_confidence", calibration.confidence},
          {"bins", std::move(bins)}};
}

Json confusion_json(const std::vector<Confusion>& confusions) {
  Json list = Json::array();
  for (const Confusion& pair : confusions) {
    list.push_back(Json::array({pair.truth, pair.predicted, pair.count}));
  }
  return list;
}

Json failures_json(const std::vector<FailedPicture>& failures) {
  Json list = Json::array();
  for (const FailedPicture& failure : failures) {
    list.push_back({{"file", failure.file}, {"error", failure.error}});
  }
  return list;
}

}  // namespace

bool begins_as_accuracy(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  return head.starts_with("{\n  \"model\": ") ||
         (line.find(" picture") != line.npos && line.find(", named by ") != line.npos);
}

std::string accuracy_as_text(const AccuracyResult& result, bool all) {
  const std::vector<ClassAccuracy> classes = result.count.classes();
  return summary_text(result, classes) + left_out_text(result) +
         classes_text(result, classes, all) + confusions_text(result, all);
}

std::string accuracy_as_json(const AccuracyResult& result) {
  const AccuracyCount& count = result.count;
  const int64_t all = count.pictures();
  const Interval interval = wilson_interval(count.top1(), all);
  const std::vector<ClassAccuracy> classes = count.classes();
  const Means means = macro_means(classes);
  const Json json = {
      {"model", result.model},
      {"input", result.input},
      {"classes_by", name_of(result.scheme)},
      {"settings", result.settings},
      {"pictures", all},
      {"failed", result.failures.size()},
      {"outside", result.outside},
      {"skipped_files", result.skipped},
      {"unreadable_folders", result.unreadable_folders},
      {"top1",
       {{"correct", count.top1()},
        {"accuracy", ratio(count.top1(), all)},
        {"interval95", Json::array({interval.low, interval.high})}}},
      {"topk",
       {{"k", result.best}, {"correct", count.topk()}, {"accuracy", ratio(count.topk(), all)}}},
      {"macro", {{"precision", means.precision}, {"recall", means.recall}, {"f1", means.f1}}},
      {"calibration", calibration_json(count.calibration())},
      {"classes", classes_json(result, classes)},
      {"confusion", confusion_json(count.confusions())},
      {"failures", failures_json(result.failures)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace saccade
