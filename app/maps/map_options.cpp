#include "app/maps/map_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "app/cli/option_values.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// Of layers, heads and rows; map_request() checks the model's limits.
constexpr int64_t kMostIndex = 1'000'000;

constexpr Choices<HeadFusion, 3> kFusions{
    {{"mean", HeadFusion::mean}, {"max", HeadFusion::max}, {"min", HeadFusion::min}}};

bool has(const std::vector<MapMethod>& methods, MapMethod method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

/// All methods; with --query, all that can explain a patch.
std::vector<MapMethod> every_method(const ParsedArguments& arguments) {
  std::vector<MapMethod> methods{kAllMapMethods.begin(), kAllMapMethods.end()};
  if (arguments.has("query")) {
    std::erase_if(methods, [](MapMethod method) { return !can_explain_patch(method); });
  }
  return methods;
}

std::vector<MapMethod> chosen_methods(const ParsedArguments& arguments) {
  const std::optional<std::string> text = arguments.value("method");
  if (!text) {
    return arguments.has("panel") ? every_method(arguments) : MapOptions{}.methods;
  }
  if (*text == "all") return every_method(arguments);
  std::vector<MapMethod> methods;
  for (const std::string_view name : split(*text, ',')) {
    const MapMethod method = parse_choice("method", kMethodNames, name);
    if (!has(methods, method)) methods.push_back(method);
  }
  return methods;
}

/// Throws UsageError if `option` is given and none of its `users` is among the methods.
void require_method(const ParsedArguments& arguments, std::string_view option,
                    const std::vector<MapMethod>& methods, const std::vector<MapMethod>& users) {
  if (!arguments.has(option)) return;
  std::string names;
  for (const MapMethod user : users) {
    if (has(methods, user)) return;
    names += fmt::format("{}{}", names.empty() ? "" : " or ", name_of(user));
  }
  throw UsageError(
      fmt::format("--{} is for --method {}, which is not among the methods chosen", option, names));
}

void check_use(const ParsedArguments& arguments, const std::vector<MapMethod>& methods) {
  std::vector<MapMethod> class_specific;
  std::copy_if(kAllMapMethods.begin(), kAllMapMethods.end(), std::back_inserter(class_specific),
               is_class_specific);
  require_method(arguments, "class", methods, class_specific);
  require_method(arguments, "versus", methods, class_specific);
  require_method(arguments, "layer", methods, {MapMethod::attention});
  require_method(arguments, "head", methods, {MapMethod::attention});
  require_method(arguments, "head-fusion", methods, {MapMethod::rollout});
  require_method(arguments, "discard-ratio", methods, {MapMethod::rollout});
  if (!arguments.has("query")) return;
  const auto refused = std::find_if_not(methods.begin(), methods.end(), can_explain_patch);
  if (refused == methods.end()) return;
  throw UsageError(fmt::format("--query: {0} explains a class, not one patch; leave {0} out",
                               name_of(*refused)));
}

void read_layer(const ParsedArguments& arguments, MapOptions& options) {
  const std::string text = arguments.value("layer").value_or("last");
  const auto index = parse_count(text, kMostIndex);
  if (!index && text != "last" && text != "all") {
    refuse_value("layer", "a number from 0, last or all", text);
  }
  options.layers = index ? LayerChoice::one : text == "all" ? LayerChoice::all : LayerChoice::last;
  options.layer = index.value_or(0);
}

void read_head(const ParsedArguments& arguments, MapOptions& options) {
  constexpr Choices<HeadChoice, 4> words{{{"mean", HeadChoice::mean},
                                          {"max", HeadChoice::max},
                                          {"min", HeadChoice::min},
                                          {"all", HeadChoice::all}}};
  const std::string text = arguments.value("head").value_or("mean");
  if (const auto index = parse_count(text, kMostIndex)) {
    options.heads = HeadChoice::one;
    options.head = *index;
    return;
  }
  const auto word = std::find_if(words.begin(), words.end(),
                                 [&](const auto& entry) { return entry.first == text; });
  if (word == words.end()) refuse_value("head", "a number from 0, mean, max, min or all", text);
  options.heads = word->second;
}

std::optional<PatchPosition> chosen_patch(const ParsedArguments& arguments) {
  const std::optional<std::string> text = arguments.value("query");
  if (!text) return std::nullopt;
  const auto parts = split(*text, ',');
  const auto row = parse_count(parts.front(), kMostIndex);
  const auto col = parse_count(parts.back(), kMostIndex);
  if (parts.size() != 2 || !row || !col) {
    refuse_value("query", "ROW,COL, a patch of the grid counted from 0,0", *text);
  }
  return PatchPosition{*row, *col};
}

/// "saccade, relevance or gradcam", the methods that `wanted` accepts.
template <typename Wanted>
std::string list_methods(std::string_view last_separator, const Wanted& wanted) {
  std::vector<MapMethod> methods;
  std::copy_if(kAllMapMethods.begin(), kAllMapMethods.end(), std::back_inserter(methods), wanted);
  std::string list;
  for (const MapMethod method : methods) {
    if (!list.empty()) list += method == methods.back() ? last_separator : ", ";
    list += name_of(method);
  }
  return list;
}

}  // namespace

const std::string& map_method_names() {
  static const std::string names = list_methods(" or ", [](MapMethod) { return true; });
  return names;
}

OptionGroup map_option_group() {
  // Options refer to their help.
  static const std::string of_classes = list_methods(", ", is_class_specific) + ": ";
  static const std::string method =
      map_method_names() +
      "; several separated by commas, or all; default saccade, and all for --panel";
  static const std::string of_class =
      of_classes +
      "the class to explain: top (the best), topN (each of the N best), an index or a name, or "
      "index:N, label:NAME, synset:NAME; default top";
  static const std::string versus =
      of_classes + "show the evidence for --class over this class, an index or a name";
  static const std::string query =
      "explain this patch, counted from 0,0, instead of the tokens that the classifier reads; not "
      "with " +
      list_methods(" or ", [](MapMethod m) { return !can_explain_patch(m); });
  return {"Maps",
          {{"method", 0, "NAMES", method},
           {"class", 0, "CLASS", of_class},
           {"versus", 0, "CLASS", versus},
           {"layer", 0, "N", "attention: a layer counted from 0, last or all; default last"},
           {"head", 0, "N",
            "attention: a head counted from 0, all, or mean, max or min of them; default mean"},
           {"head-fusion", 0, "HOW", "rollout: mean, max or min of the heads; default mean"},
           {"discard-ratio", 0, "X",
            "rollout: discard this part of each layer's attention, the lowest values; 0 to 0.99, "
            "default 0"},
           {"query", 0, "ROW,COL", query}}};
}

MapOptions map_options(const ParsedArguments& arguments) {
  MapOptions options;
  options.methods = chosen_methods(arguments);
  check_use(arguments, options.methods);
  options.classes = arguments.value("class").value_or(options.classes);
  options.versus = arguments.value("versus");
  read_layer(arguments, options);
  read_head(arguments, options);
  options.rollout_fusion =
      choice_value(arguments, "head-fusion", kFusions).value_or(options.rollout_fusion);
  options.discard_ratio = number_value(arguments, "discard-ratio", 0, 0.99).value_or(0);
  options.query = chosen_patch(arguments);
  return options;
}

}  // namespace saccade
