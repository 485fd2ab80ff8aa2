// What the built-in model says of the sample photos. Tests ask the program, so that they hold for
// the next built-in model too.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"

namespace saccade::test {

inline constexpr int kBuiltinClasses = 200;

struct Answer {
  int64_t index = 0;
  std::string label;  ///< up to its first comma
  double score = 0;
};

/// The answers for tests/samples/`name`, best first.
inline std::vector<Answer> builtin_answers(const std::string& name) {
  const ProcessResult result =
      run_saccade({"classify", "-q", "--threads", "1", "--format", "json", sample(name)});
  std::vector<Answer> answers;
  const nlohmann::json results = nlohmann::json::parse(result.out);
  for (const auto& entry : results[0]["predictions"]) {
    const std::string label = entry["label"];
    answers.push_back({entry["index"], label.substr(0, label.find(',')), entry["score"]});
  }
  return answers;
}

/// The lines of a file for --labels that gives `names` to the best answers for the sample photos,
/// and "other N" to the rest.
inline std::string labels_for_answers(const std::vector<std::string>& names) {
  std::vector<std::string> labels(kBuiltinClasses);
  size_t next = 0;
  for (const char* photo : {"cat.png", "coffee.png", "rocket.jpg"}) {
    for (const Answer& answer : builtin_answers(photo)) {
      std::string& label = labels[size_t(answer.index)];
      if (label.empty() && next < names.size()) label = names[next++];
    }
  }
  std::string text;
  for (size_t i = 0; i < labels.size(); ++i) {
    text += (labels[i].empty() ? fmt::format("other {}", i) : labels[i]) + '\n';
  }
  return text;
}

/// "class007", as in the names of maps.
inline std::string class_part(int64_t index) { return fmt::format("class{:03}", index); }

}  // namespace saccade::test
