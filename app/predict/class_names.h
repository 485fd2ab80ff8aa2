// Finds the classes of a model that a text names: in options, class folders and lists.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/config/labels.h"

namespace saccade {

/// What a text names a class by.
enum class NameKind {
  label,   ///< the whole label, one of its comma-separated synonyms, or the name of its folder
  synset,  ///< the class's short name, such as "n02123045"
  index,   ///< the number of the class, from 0
};

/// "label", "synset" or "index".
std::string_view name_of(NameKind kind);

/// A text whose prefix "index:", "label:" or "synset:" may say what it names the class by.
struct ClassText {
  std::optional<NameKind> kind;
  std::string_view name;  ///< without the prefix
};

ClassText class_text(std::string_view text);

/// The names of a model's classes. Names are compared as folded_name() gives them; _ matches a
/// space. A whole label takes precedence over a synonym ("maillot" is not "maillot, tank suit"),
/// and both over the name of a folder that `batch --sort-into-folders` makes (see class_folders()).
class ClassNames {
 public:
  ClassNames(const Labels& labels, int64_t classes);

  int64_t classes() const { return classes_; }

  /// The classes that `text` names by `kind`, or by the kind that its prefix gives; ascending.
  std::vector<int64_t> find(std::string_view text, NameKind kind) const;
  /// The classes that `text` names by any kind, or by the one that its prefix gives; ascending.
  std::vector<int64_t> find(std::string_view text) const;
  /// As find(text), without the names of folders.
  std::vector<int64_t> find_unsorted(std::string_view text) const;

  /// The label, synonym or synset that is closest to `text`, spelled as the model does; nullopt if
  /// none is close.
  std::optional<std::string> nearest(std::string_view text) const;

  /// How `text` names `index`: "the label of class 9".
  std::string describe(std::string_view text, int64_t index) const;
  /// A text that names `index` alone: "label:7" if that does, else "index:9".
  std::string decided(std::string_view text, int64_t index) const;

 private:
  using Table = std::map<std::string, std::vector<int64_t>, std::less<>>;

  /// The folders of class_folders(), folded.
  struct Folders {
    Table all;
    Table of_labels;  ///< those that are named by labels
  };

  std::optional<NameKind> kind_of(std::string_view text, int64_t index) const;
  std::vector<int64_t> plain(std::string_view name, NameKind kind) const;
  const Folders& folders() const;

  const Labels& labels_;
  int64_t classes_;
  Table labels_by_name_;         ///< whole labels, folded
  Table labels_by_spaced_name_;  ///< the same with spaces for _
  Table labels_by_synonym_;      ///< parts of labels with commas, folded, with spaces for _
  Table synsets_;                ///< folded
  mutable std::optional<Folders> folders_;  ///< made when first needed
};

}  // namespace saccade
