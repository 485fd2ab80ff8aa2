#include "app/evaluate/class_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "app/inputs/natural_order.h"
#include "app/inputs/tsv_reader.h"
#include "app/maps/class_choice.h"
#include "app/system/parse_text.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr std::string_view kRemedy =
    "rename it, choose a scheme with --classes, or give a --class-map FILE with lines of name, "
    "tab, index";

std::string spaced(std::string_view name) {
  std::string text = normalized_name(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

/// Maps names to classes; several classes may share a name.
class NameTable {
 public:
  NameTable(const std::vector<std::string>& names, int64_t classes, bool synonyms) {
    const auto count = std::min(static_cast<size_t>(classes), names.size());
    for (size_t i = 0; i < count; ++i) {
      add(whole_, names[i], static_cast<int64_t>(i));
      if (!synonyms || names[i].find(',') == std::string::npos) continue;
      for (const std::string_view part : split(names[i], ',')) {
        add(parts_, part, static_cast<int64_t>(i));
      }
    }
  }

  /// A whole label takes precedence over one of its synonyms: "maillot" is not "maillot, tank
  /// suit".
  std::vector<int64_t> find(const std::string& name) const {
    for (const auto* table : {&whole_, &parts_}) {
      const auto found = table->find(spaced(name));
      if (found != table->end()) return found->second;
    }
    return {};
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto* table : {&whole_, &parts_}) {
      for (const auto& [name, indices] : *table) names.push_back(name);
    }
    return names;
  }

 private:
  using Table = std::map<std::string, std::vector<int64_t>>;

  static void add(Table& table, std::string_view name, int64_t index) {
    const std::string key = spaced(name);
    if (!key.empty()) table[key].push_back(index);
  }

  Table whole_;
  Table parts_;
};

/// The result of looking up one name in a scheme.
struct Found {
  std::vector<int64_t> indices;  ///< exactly one on success
  std::string complaint;         ///< empty on success
};

Found find_index(const std::string& name, int64_t classes) {
  if (const auto index = parse_count(name, classes - 1)) return {{*index}, ""};
  return {{}, fmt::format("is not an index from 0 to {}", classes - 1)};
}

Found find_name(const std::string& name, const NameTable& table, std::string_view what) {
  Found found{table.find(name), ""};
  if (found.indices.empty()) {
    const auto near = closest_match(spaced(name), table.names());
    found.complaint = fmt::format("is not a {} of the model{}", what,
                                  near ? fmt::format(", the nearest is {}", quote(*near)) : "");
  } else if (found.indices.size() > 1) {
    found.complaint =
        fmt::format("is the {} of several classes, {}", what, fmt::join(found.indices, ", "));
  }
  return found;
}

class Matcher {
 public:
  Matcher(const LabelledSet& set, const Labels& labels, int64_t classes, const std::string& input)
      : set_(set),
        classes_(classes),
        input_(input),
        labels_(labels.descriptions, classes, true),
        synsets_(labels.names, classes, false) {}

  /// Returns nullopt if a class has no match.
  std::optional<ClassMatch> by(ClassScheme scheme) const {
    ClassMatch match{scheme, {}};
    for (const std::string& name : set_.classes) {
      const Found found = find(name, scheme);
      if (found.indices.size() != 1) return std::nullopt;
      match.indices.push_back(found.indices.front());
    }
    return match;
  }

  size_t matches(ClassScheme scheme) const {
    return static_cast<size_t>(std::count_if(
        set_.classes.begin(), set_.classes.end(),
        [&](const std::string& name) { return find(name, scheme).indices.size() == 1; }));
  }

  [[noreturn]] void refuse_first(ClassScheme scheme) const {
    for (const std::string& name : set_.classes) {
      const Found found = find(name, scheme);
      if (found.indices.size() != 1) refuse(name, found.complaint);
    }
    throw UsageError(input_ + ": no class");
  }

  /// Refuses numeric names if some number is also a label: the numbers could be meant either way.
  void check_numbers() const {
    for (const std::string& name : set_.classes) {
      const std::vector<int64_t> labelled = labels_.find(name);
      if (labelled.empty()) continue;
      refuse(name, fmt::format("is the label of class {} or the index {}", labelled.front(), name));
    }
  }

  [[noreturn]] void refuse(const std::string& name, std::string_view complaint) const {
    throw UsageError(fmt::format("{}: class {} {}; {}", input_, quote(name), complaint, kRemedy));
  }

 private:
  Found find(const std::string& name, ClassScheme scheme) const {
    if (scheme == ClassScheme::index) return find_index(name, classes_);
    return scheme == ClassScheme::label ? find_name(name, labels_, "label")
                                        : find_name(name, synsets_, "synset");
  }

  const LabelledSet& set_;
  int64_t classes_;
  const std::string& input_;
  NameTable labels_;
  NameTable synsets_;
};

constexpr std::array kTried{ClassScheme::label, ClassScheme::synset, ClassScheme::index};

ClassMatch match_by_any(const Matcher& matcher) {
  for (const ClassScheme scheme : kTried) {
    const auto match = matcher.by(scheme);
    if (!match) continue;
    if (scheme == ClassScheme::index) matcher.check_numbers();
    return *match;
  }
  matcher.refuse_first(*std::max_element(kTried.begin(), kTried.end(), [&](auto a, auto b) {
    return matcher.matches(a) < matcher.matches(b);
  }));
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
    return natural_less(normalized_name(a), normalized_name(b));
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
  const Matcher matcher(set, labels, classes, input);
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
  std::map<std::string, int64_t> indices;
  while (row.next()) {
    const auto index = row.number<int64_t>("index");
    if (index < 0 || index >= classes) {
      row.refuse(fmt::format("index {}; the model has classes 0 to {}", index, classes - 1));
    }
    const std::string name(row.text("name"));
    if (!indices.emplace(name, index).second) {
      row.refuse(fmt::format("{} is listed twice; leave one out", quote(name)));
    }
  }
  ClassMatch match{ClassScheme::map, {}};
  for (const std::string& name : set.classes) {
    const auto found = indices.find(name);
    if (found == indices.end()) {
      throw UsageError(fmt::format("{}: no line for the class {}; add one", map, quote(name)));
    }
    match.indices.push_back(found->second);
  }
  return match;
}

}  // namespace saccade
