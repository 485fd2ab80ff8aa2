#include "app/maps/class_choice.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "app/cli/option_values.h"
#include "app/predict/class_names.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

[[noreturn]] void refuse_unknown(std::string_view option, const std::string& text,
                                 const ClassNames& names) {
  const std::string_view name = class_text(text).name;
  if (!name.empty() && name.find_first_not_of("0123456789") == name.npos) {
    refuse_value(option, fmt::format("an index from 0 to {}", names.classes() - 1), text);
  }
  const auto near = names.nearest(text);
  throw UsageError(fmt::format(
      "--{}: the model has no class {}{}", option, quote(text),
      near ? fmt::format("; did you mean {}?", quote(*near)) : "; give an index or a name"));
}

[[noreturn]] void refuse_several(std::string_view option, const std::string& text,
                                 const std::vector<int64_t>& indices, const ClassNames& names) {
  std::vector<std::string> meanings;
  std::vector<std::string> remedies;
  for (const int64_t index : indices) {
    meanings.push_back(names.describe(text, index));
    remedies.push_back(names.decided(text, index));
  }
  throw UsageError(fmt::format("--{}: {} names several classes: it is {}; say which: {}", option,
                               quote(text), fmt::join(meanings, ", "),
                               fmt::join(remedies, " or ")));
}

}  // namespace

int64_t class_named(std::string_view option, const std::string& text, const Labels& labels,
                    int64_t classes) {
  if (folded_name(text).empty()) refuse_value(option, "an index or a name", text);
  const ClassNames names(labels, classes);
  const std::vector<int64_t> found = names.find(text);
  if (found.empty()) refuse_unknown(option, text, names);
  if (found.size() > 1) refuse_several(option, text, found, names);
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
