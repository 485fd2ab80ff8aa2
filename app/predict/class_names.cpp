#include "app/predict/class_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/predict/class_folders.h"
#include "app/system/parse_text.h"
#include "weights/base/text.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr std::array kKinds{NameKind::label, NameKind::synset, NameKind::index};

std::string with_spaces(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

template <typename Table>
void add_name(Table& table, std::string name, int64_t index) {
  if (name.empty()) return;
  std::vector<int64_t>& indices = table[std::move(name)];
  if (indices.empty() || indices.back() != index) indices.push_back(index);
}

template <typename Table>
std::vector<int64_t> entry_of(const Table& table, const std::string& name) {
  const auto found = table.find(name);
  return found == table.end() ? std::vector<int64_t>() : found->second;
}

void sort_without_duplicates(std::vector<int64_t>& indices) {
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
}

void append(std::vector<int64_t>& indices, const std::vector<int64_t>& more) {
  indices.insert(indices.end(), more.begin(), more.end());
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

std::string_view name_of(NameKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"label", "synset", "index"};
  return kNames[static_cast<size_t>(kind)];
}

ClassText class_text(std::string_view text) {
  const std::string_view trimmed =
      text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  for (const NameKind kind : kKinds) {
    const std::string_view word = name_of(kind);
    if (trimmed.starts_with(word) && trimmed.substr(word.size()).starts_with(':')) {
      return {kind, trimmed.substr(word.size() + 1)};
    }
  }
  return {std::nullopt, text};
}

ClassNames::ClassNames(const Labels& labels, int64_t classes) : labels_(labels), classes_(classes) {
  const auto count = static_cast<size_t>(classes);
  for (size_t i = 0; i < std::min(count, labels.descriptions.size()); ++i) {
    const std::string& label = labels.descriptions[i];
    const auto index = static_cast<int64_t>(i);
    const std::string name = folded_name(label);
    add_name(labels_by_name_, name, index);
    add_name(labels_by_spaced_name_, with_spaces(name), index);
    if (label.find(',') == label.npos) continue;
    for (const std::string_view part : split(label, ',')) {
      add_name(labels_by_synonym_, with_spaces(folded_name(part)), index);
    }
  }
  for (size_t i = 0; i < std::min(count, labels.names.size()); ++i) {
    add_name(synsets_, folded_name(labels.names[i]), static_cast<int64_t>(i));
  }
}

std::vector<int64_t> ClassNames::plain(std::string_view text, NameKind kind) const {
  const std::string name = folded_name(text);
  if (kind == NameKind::index) {
    const auto index = is_number(name) ? parse_count(name, classes_ - 1) : std::nullopt;
    return index ? std::vector{*index} : std::vector<int64_t>();
  }
  if (kind == NameKind::synset) return entry_of(synsets_, name);
  std::vector<int64_t> found = entry_of(labels_by_name_, name);
  if (found.empty()) found = entry_of(labels_by_spaced_name_, with_spaces(name));
  if (found.empty()) found = entry_of(labels_by_synonym_, with_spaces(name));
  return found;
}

std::vector<int64_t> ClassNames::find(std::string_view text, NameKind kind) const {
  const ClassText given = class_text(text);
  const NameKind decided = given.kind.value_or(kind);
  std::vector<int64_t> found = plain(given.name, decided);
  if (found.empty() && decided == NameKind::label) {
    found = entry_of(folders().of_labels, folded_name(given.name));
  }
  return found;
}

std::vector<int64_t> ClassNames::find_unsorted(std::string_view text) const {
  const ClassText given = class_text(text);
  if (given.kind) return plain(given.name, *given.kind);
  std::vector<int64_t> found;
  for (const NameKind kind : kKinds) append(found, plain(text, kind));
  sort_without_duplicates(found);
  return found;
}

std::vector<int64_t> ClassNames::find(std::string_view text) const {
  std::vector<int64_t> found = find_unsorted(text);
  if (found.empty()) found = entry_of(folders().all, folded_name(text));
  return found;
}

const ClassNames::Folders& ClassNames::folders() const {
  if (folders_) return *folders_;
  folders_.emplace();
  for (const LabelType type : {LabelType::description, LabelType::name, LabelType::index}) {
    const std::vector<std::string> names = class_folders(*this, labels_, type);
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string name = folded_name(names[i]);
      add_name(folders_->all, name, static_cast<int64_t>(i));
      if (type == LabelType::description) {
        add_name(folders_->of_labels, name, static_cast<int64_t>(i));
      }
    }
  }
  for (auto& [name, indices] : folders_->all) sort_without_duplicates(indices);
  return *folders_;
}

std::optional<std::string> ClassNames::nearest(std::string_view text) const {
  const ClassText given = class_text(text);
  std::vector<std::string> spellings;
  if (given.kind.value_or(NameKind::label) == NameKind::label) {
    for (const std::string& label : labels_.descriptions) {
      spellings.push_back(label);
      if (label.find(',') == label.npos) continue;
      for (std::string_view part : split(label, ',')) {
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        spellings.emplace_back(part);
      }
    }
  }
  if (given.kind.value_or(NameKind::synset) == NameKind::synset) {
    spellings.insert(spellings.end(), labels_.names.begin(), labels_.names.end());
  }
  std::vector<std::string> names;
  for (const std::string& spelling : spellings) names.push_back(with_spaces(folded_name(spelling)));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto near = closest_match(with_spaces(folded_name(given.name)), candidates);
  if (!near) return std::nullopt;
  const auto place = std::find(candidates.begin(), candidates.end(), *near) - candidates.begin();
  return spellings[static_cast<size_t>(place)];
}

std::optional<NameKind> ClassNames::kind_of(std::string_view text, int64_t index) const {
  for (const NameKind kind : kKinds) {
    const std::vector<int64_t> found = find(text, kind);
    if (std::find(found.begin(), found.end(), index) != found.end()) return kind;
  }
  return std::nullopt;
}

std::string ClassNames::describe(std::string_view text, int64_t index) const {
  const auto kind = kind_of(text, index);
  if (!kind || *kind == NameKind::index) return fmt::format("the index {}", index);
  return fmt::format("the {} of class {}", name_of(*kind), index);
}

std::string ClassNames::decided(std::string_view text, int64_t index) const {
  const auto kind = kind_of(text, index);
  if (!kind || find(text, *kind).size() != 1) return fmt::format("index:{}", index);
  return fmt::format("{}:{}", name_of(*kind), class_text(text).name);
}

}  // namespace saccade
