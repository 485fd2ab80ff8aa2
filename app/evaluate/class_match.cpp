#include "app/evaluate/class_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "app/inputs/natural_order.h"
#include "app/inputs/tsv_reader.h"
#include "app/predict/class_names.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr std::string_view kRemedy =
    "rename it (index:7, label:NAME or synset:NAME say what is meant), choose a scheme with "
    "--classes, or give a --class-map FILE with lines of name, tab, index";

constexpr std::array kTried{ClassScheme::label, ClassScheme::synset, ClassScheme::index};

NameKind kind_of(ClassScheme scheme) {
  if (scheme == ClassScheme::label) return NameKind::label;
  return scheme == ClassScheme::synset ? NameKind::synset : NameKind::index;
}

/// Matches the names of a set by one scheme. A name with a prefix decides for itself.
class Matcher {
 public:
  Matcher(const LabelledSet& set, const ClassNames& names, const std::string& input)
      : set_(set), names_(names), input_(input) {}

  /// Returns nullopt if a class has no match.
  std::optional<ClassMatch> by(ClassScheme scheme) const {
    ClassMatch match{scheme, {}};
    for (const std::string& name : set_.classes) {
      const std::vector<int64_t> found = names_.find(name, kind_of(scheme));
      if (found.size() != 1) return std::nullopt;
      match.indices.push_back(found.front());
    }
    return match;
  }

  size_t matches(ClassScheme scheme) const {
    return static_cast<size_t>(std::count_if(
        set_.classes.begin(), set_.classes.end(),
        [&](const std::string& name) { return names_.find(name, kind_of(scheme)).size() == 1; }));
  }

  [[noreturn]] void refuse_first(ClassScheme scheme) const {
    for (const std::string& name : set_.classes) {
      const std::vector<int64_t> found = names_.find(name, kind_of(scheme));
      if (found.size() == 1) continue;
      if (found.empty()) refuse(name, unknown(name, kind_of(scheme)));
      refuse(name, fmt::format("is the {} of several classes, {}", name_of(scheme),
                               fmt::join(found, ", ")));
    }
    throw UsageError(input_ + ": no class");
  }

  /// Refuses the first name that `other` gives another class than `match`.
  void refuse_difference(const ClassMatch& match, const ClassMatch& other) const {
    for (size_t i = 0; i < set_.classes.size(); ++i) {
      if (match.indices[i] == other.indices[i]) continue;
      refuse_two(set_.classes[i], match.indices[i], other.indices[i]);
    }
  }

  /// Refuses numbers as indices if one of them is also a label: they could be meant either way.
  void check_numbers(const ClassMatch& match) const {
    for (size_t i = 0; i < set_.classes.size(); ++i) {
      for (const int64_t other : names_.find(set_.classes[i])) {
        if (other != match.indices[i]) refuse_two(set_.classes[i], other, match.indices[i]);
      }
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& name, std::string_view complaint) const {
    throw UsageError(fmt::format("{}: class {} {}; {}", input_, quote(name), complaint, kRemedy));
  }

  [[noreturn]] void refuse_two(const std::string& name, int64_t one, int64_t other) const {
    refuse(name, fmt::format("is {} or {}: {} or {}", names_.describe(name, one),
                             names_.describe(name, other), names_.decided(name, one),
                             names_.decided(name, other)));
  }

  std::string unknown(const std::string& name, NameKind kind) const {
    kind = class_text(name).kind.value_or(kind);
    if (kind == NameKind::index) {
      return fmt::format("is not an index from 0 to {}", names_.classes() - 1);
    }
    const auto near = names_.nearest(name);
    return fmt::format("is not a {} of the model{}", name_of(kind),
                       near ? fmt::format(", the nearest is {}", quote(*near)) : "");
  }

  const LabelledSet& set_;
  const ClassNames& names_;
  const std::string& input_;
};

ClassMatch match_by_any(const Matcher& matcher) {
  std::optional<ClassMatch> match;
  for (const ClassScheme scheme : kTried) {
    const auto other = matcher.by(scheme);
    if (match && other) matcher.refuse_difference(*match, *other);
    if (!match) match = other;
  }
  if (!match) {
    matcher.refuse_first(*std::max_element(kTried.begin(), kTried.end(), [&](auto a, auto b) {
      return matcher.matches(a) < matcher.matches(b);
    }));
  }
  if (match->scheme == ClassScheme::index) matcher.check_numbers(*match);
  return *match;
}

ClassMatch match_sorted(const LabelledSet& set, int64_t classes, const std::string& input) {
  if (!set.column.empty()) {
    throw UsageError(input + ": --classes sorted needs a folder, but this is a list");
  }
  if (static_cast<int64_t>(set.folders.size()) != classes) {
    throw UsageError(fmt::format(
        "{}: {} folders, but the model has {} classes; --classes sorted requires equal numbers",
        input, set.folders.size(), classes));
  }
  std::vector<std::string> sorted = set.folders;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return natural_less(folded_name(a), folded_name(b));
  });
  std::map<std::string, int64_t> places;
  for (size_t i = 0; i < sorted.size(); ++i) places[sorted[i]] = static_cast<int64_t>(i);
  ClassMatch match{ClassScheme::sorted, {}};
  for (const std::string& name : set.classes) match.indices.push_back(places.at(name));
  return match;
}

}  // namespace

const char* name_of(ClassScheme scheme) {
  constexpr std::array kNames{"label", "synset", "index", "sorted", "map"};
  return kNames[static_cast<size_t>(scheme)];
}

ClassMatch match_classes(const LabelledSet& set, const Labels& labels, int64_t classes,
                         std::optional<ClassScheme> wanted, const std::string& input) {
  if (wanted == ClassScheme::sorted) return match_sorted(set, classes, input);
  for (const ClassScheme scheme : kTried) {
    if (!wanted && set.column == name_of(scheme)) wanted = scheme;
  }
  const ClassNames names(labels, classes);
  const Matcher matcher(set, names, input);
  if (!wanted) return match_by_any(matcher);
  const auto match = matcher.by(*wanted);
  if (!match) matcher.refuse_first(*wanted);
  return *match;
}

ClassMatch map_classes(const LabelledSet& set, int64_t classes, const std::string& map) {
  TsvReader row(map);
  if (!row.has("name") || !row.has("index")) {
    row.refuse("the header must name the columns name and index, separated by a tab");
  }
  std::map<std::string, int64_t> indices;  // by folded name
  while (row.next()) {
    const auto index = row.number<int64_t>("index");
    if (index < 0 || index >= classes) {
      row.refuse(fmt::format("index {}; the model has classes 0 to {}", index, classes - 1));
    }
    if (!indices.emplace(folded_name(row.text("name")), index).second) {
      row.refuse(fmt::format("{} is listed twice, in upper or lower case; leave one out",
                             quote(row.text("name"))));
    }
  }
  ClassMatch match{ClassScheme::map, {}};
  for (const std::string& name : set.classes) {
    const auto found = indices.find(folded_name(name));
    if (found == indices.end()) {
      throw UsageError(fmt::format("{}: no line for the class {}; add one", map, quote(name)));
    }
    match.indices.push_back(found->second);
  }
  return match;
}

}  // namespace saccade
