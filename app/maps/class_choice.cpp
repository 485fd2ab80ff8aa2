#include "app/maps/class_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "app/cli/option_values.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

/// The classes from 0 to classes - 1 for which `names_of` returns `name` among others.
template <typename NamesOf>
std::vector<int64_t> classes_with(const std::string& name, const std::vector<std::string>& labels,
                                  int64_t classes, NamesOf names_of) {
  std::vector<int64_t> found;
  const auto count = std::min(static_cast<size_t>(classes), labels.size());
  for (size_t i = 0; i < count; ++i) {
    const std::vector<std::string_view> names = names_of(labels[i]);
    if (std::any_of(names.begin(), names.end(),
                    [&](std::string_view one) { return normalized_name(one) == name; })) {
      found.push_back(static_cast<int64_t>(i));
    }
  }
  return found;
}

/// Whole names take precedence over synonyms: "maillot" is not "maillot, tank suit".
std::vector<int64_t> classes_named(const std::string& name, const Labels& labels, int64_t classes) {
  const auto whole = [](const std::string& label) { return std::vector<std::string_view>{label}; };
  const auto synonyms = [](const std::string& label) { return split(label, ','); };
  std::vector<int64_t> found = classes_with(name, labels.descriptions, classes, whole);
  if (found.empty()) found = classes_with(name, labels.names, classes, whole);
  if (found.empty()) found = classes_with(name, labels.descriptions, classes, synonyms);
  return found;
}

[[noreturn]] void refuse_unknown(std::string_view option, const std::string& text,
                                 const Labels& labels) {
  std::vector<std::string> names;
  for (const auto* list : {&labels.descriptions, &labels.names}) {
    for (const std::string& label : *list) {
      for (const std::string_view name : split(label, ',')) names.push_back(normalized_name(name));
    }
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto near = closest_match(normalized_name(text), candidates);
  throw UsageError(fmt::format(
      "--{}: the model has no class {}{}", option, quote(text),
      near ? fmt::format("; did you mean {}?", quote(*near)) : "; give an index or a name"));
}

[[noreturn]] void refuse_several(std::string_view option, const std::string& text,
                                 const std::vector<int64_t>& indices) {
  throw UsageError(fmt::format("--{}: {} names several classes, {}; give the index of one", option,
                               quote(text), fmt::join(indices, ", ")));
}

}  // namespace

std::string normalized_name(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

int64_t class_named(std::string_view option, const std::string& text, const Labels& labels,
                    int64_t classes) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (number) {
    const auto index = parse_count(text, classes - 1);
    if (!index) refuse_value(option, fmt::format("an index from 0 to {}", classes - 1), text);
    return *index;
  }
  const std::string name = normalized_name(text);
  if (name.empty()) refuse_value(option, "an index or a name", text);
  const std::vector<int64_t> found = classes_named(name, labels, classes);
  if (found.empty()) refuse_unknown(option, text, labels);
  if (found.size() > 1) refuse_several(option, text, found);
  return found.front();
}

ClassChoice class_choice(const std::string& text, const Labels& labels, int64_t classes) {
  constexpr std::string_view top = "top";
  if (text == top) return {};
  if (text.starts_with(top) && text.find_first_not_of("0123456789", top.size()) == text.npos) {
    const auto best = parse_count(std::string_view(text).substr(top.size()), kNoLimit);
    if (!best || *best == 0) refuse_value("class", "top, or top1, top2, ...", text);
    return {std::nullopt, *best};
  }
  return {class_named("class", text, labels, classes), 1};
}

}  // namespace saccade
