#include "weights/naming/naming.h"

#include <algorithm>
#include <array>
#include <utility>

#include "weights/naming/naming_tables.h"

namespace saccade {
namespace {

// What training code puts before names, in any order and number: DistributedDataParallel "module.",
// torch.compile "_orig_mod.", transformers' TimmWrapper "timm_model.", PEFT "base_model.model.",
// Lightning modules and other wrappers the rest.
constexpr std::array<std::string_view, 9> kWrappers{"module.",  "_orig_mod.",  "timm_model.",
                                                    "model.",   "base_model.", "net.",
                                                    "network.", "backbone.",   "encoder."};
// What transformers puts before the names of the backbone.
constexpr std::array<std::string_view, 6> kBackbones{
    "vit.", "deit.", "beit.", "dinov2.", "dinov2_with_registers.", "vision_model."};

// Tensors beside the backbone: they tell whether a prefix is that of all tensors or its own.
constexpr std::array<std::string_view, 10> kBeside{"head.weight",
                                                   "classifier.weight",
                                                   "cls_classifier.weight",
                                                   "heads.head.weight",
                                                   "heads.weight",
                                                   "heads.0.weight",
                                                   "fc.weight",
                                                   "logit_scale",
                                                   "head_dist.weight",
                                                   "visual_projection.weight"};

// Splits "blocks.12.mlp.fc1.weight" into the module "blocks.{}.mlp.fc1", the number "12" and the
// parameter ".weight"; a bare tensor such as "cls_token" has neither number nor parameter.
struct CanonicalParts {
  std::string module;
  std::string number;
  std::string parameter;
};

CanonicalParts split_canonical(std::string_view canonical) {
  CanonicalParts parts{std::string(canonical), "", ""};
  for (std::string_view parameter : {".weight", ".bias"}) {
    if (canonical.ends_with(parameter)) {
      parts.parameter = parameter;
      parts.module.resize(canonical.size() - parameter.size());
    }
  }
  constexpr std::string_view blocks = "blocks.";
  if (canonical.starts_with(blocks)) {
    const size_t end = parts.module.find('.', blocks.size());
    parts.number = parts.module.substr(blocks.size(), end - blocks.size());
    parts.module = "blocks.{}" + parts.module.substr(end);
  }
  return parts;
}

std::string fill_number(std::string_view pattern, const std::string& number) {
  std::string text(pattern);
  if (const size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, number);
  return text;
}

// The variants whose markers are in the file.
std::vector<const Naming*> find_variants(const Naming& naming, const std::string& prefix,
                                         const TensorFile& tensors) {
  std::vector<const Naming*> found;
  for (const Naming* variant : variants_of(naming)) {
    if (tensors.find(prefix + std::string(variant->marker))) found.push_back(variant);
  }
  return found;
}

// The prefixes, "" or ending in '.', under which the file has `marker`; the shortest first.
std::vector<std::string> prefixes_of(std::string_view marker, const TensorFile& tensors) {
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : tensors.tensors()) {
    if (!name.ends_with(marker)) continue;
    std::string prefix = name.substr(0, name.size() - marker.size());
    if (prefix.empty() || prefix.ends_with('.')) prefixes.push_back(std::move(prefix));
  }
  std::sort(prefixes.begin(), prefixes.end(),
            [](const auto& a, const auto& b) { return a.size() < b.size(); });
  return prefixes;
}

// "module.model.vit." -> {"module.", "model.", "vit."}
std::vector<std::string> split_prefix(std::string_view prefix) {
  std::vector<std::string> parts;
  while (!prefix.empty()) {
    parts.emplace_back(prefix.substr(0, prefix.find('.') + 1));
    prefix.remove_prefix(parts.back().size());
  }
  return parts;
}

bool are_known(const std::vector<std::string>& parts) {
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return std::find(kWrappers.begin(), kWrappers.end(), part) != kWrappers.end() ||
           std::find(kBackbones.begin(), kBackbones.end(), part) != kBackbones.end();
  });
}

// How many of the prefix's parts are before all tensors: those before the classifier, or else all
// but transformers' last.
size_t count_outer(const std::vector<std::string>& parts, const TensorFile& tensors) {
  for (size_t count = parts.size() + 1; count-- > 0;) {
    std::string outer;
    for (size_t i = 0; i < count; ++i) outer += parts[i];
    if (std::any_of(kBeside.begin(), kBeside.end(), [&](std::string_view name) {
          return tensors.find(outer + std::string(name)) != nullptr;
        })) {
      return count;
    }
  }
  const bool backbone = !parts.empty() && std::find(kBackbones.begin(), kBackbones.end(),
                                                    parts.back()) != kBackbones.end();
  return parts.size() - (backbone ? 1 : 0);
}

FoundNaming found_at(const Naming& naming, const std::vector<std::string>& parts,
                     const TensorFile& tensors) {
  FoundNaming found{&naming, "", ""};
  const size_t outer = count_outer(parts, tensors);
  for (size_t i = 0; i < parts.size(); ++i) (i < outer ? found.outer : found.inner) += parts[i];
  found.variants = find_variants(naming, found.outer + found.inner, tensors);
  return found;
}

const ModuleName* find_module(const Naming& naming, const CanonicalParts& canonical) {
  const std::string parameter = canonical.module + canonical.parameter;
  const auto found =
      std::find_if(naming.modules.begin(), naming.modules.end(), [&](const ModuleName& module) {
        return module.canonical == canonical.module || module.canonical == parameter;
      });
  return found != naming.modules.end() ? &*found : nullptr;
}

const ModuleName* find_module(const FoundNaming& found, const CanonicalParts& canonical) {
  for (const Naming* variant : found.variants) {
    if (const ModuleName* module = find_module(*variant, canonical)) return module;
  }
  return find_module(*found.naming, canonical);
}

}  // namespace

FoundNaming find_naming(const TensorFile& tensors) {
  for (const Naming* naming : all_namings()) {
    for (const std::string& prefix : prefixes_of(naming->marker, tensors)) {
      const std::vector<std::string> parts = split_prefix(prefix);
      if (are_known(parts)) return found_at(*naming, parts, tensors);
    }
  }
  // Any other prefix, if it is the only one of a whole backbone.
  for (const Naming* naming : all_namings()) {
    std::vector<FoundNaming> whole;
    for (const std::string& prefix : prefixes_of(naming->marker, tensors)) {
      FoundNaming found = found_at(*naming, split_prefix(prefix), tensors);
      const auto patches = stored_names(found, "patch_embed.proj.weight").front();
      if (tensors.find(patches)) whole.push_back(std::move(found));
    }
    if (whole.size() == 1) return whole.front();
  }
  return {};
}

std::vector<std::string> stored_names(const FoundNaming& found, std::string_view canonical) {
  const std::string prefix = found.outer + found.inner;
  const CanonicalParts parts = split_canonical(canonical);
  const ModuleName* module = find_module(found, parts);
  if (!module) return {prefix + std::string(canonical)};
  const bool whole = module->canonical == parts.module;  // not one parameter of it
  std::vector<std::string> names;
  for (std::string_view stored : module->stored) {
    names.push_back(prefix + fill_number(stored, parts.number) + (whole ? parts.parameter : ""));
  }
  return names;
}

std::optional<JoinedPlace> joined_place(const FoundNaming& found, std::string_view canonical) {
  const CanonicalParts parts = split_canonical(canonical);
  const std::string stored = stored_names(found, canonical).front();
  for (const JoinedModule& joined : found.naming->joined) {
    if (stored !=
        found.outer + found.inner + fill_number(joined.stored, parts.number) + parts.parameter) {
      continue;
    }
    JoinedPlace place{joined.axis, {}};
    for (std::string_view one : joined.canonical) {
      const std::string name = fill_number(one, parts.number) + parts.parameter;
      if (stored_names(found, name).front() == stored) place.canonical.push_back(name);
    }
    if (place.canonical.size() > 1) return place;
  }
  return std::nullopt;
}

bool matches(std::string_view text, std::string_view pattern) {
  // Greedy, and backtracks only to the last '*'.
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace saccade
