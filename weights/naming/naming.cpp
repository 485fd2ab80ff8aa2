#include "weights/naming/naming.h"

#include <algorithm>
#include <array>
#include <utility>

#include "weights/naming/naming_tables.h"

namespace saccade {
namespace {

// DistributedDataParallel puts "module." before every name, torch.compile "_orig_mod.",
// transformers' TimmWrapper "timm_model.".
const std::array<std::string_view, 7> kOuter{"",
                                             "module.",
                                             "_orig_mod.",
                                             "module._orig_mod.",
                                             "_orig_mod.module.",
                                             "timm_model.",
                                             "module.timm_model."};
const std::array<std::string_view, 7> kInner{
    "", "vit.", "deit.", "beit.", "dinov2.", "dinov2_with_registers.", "vision_model."};

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
    for (std::string_view outer : kOuter) {
      for (std::string_view inner : kInner) {
        const std::string prefix = std::string(outer) + std::string(inner);
        if (tensors.find(prefix + std::string(naming->marker))) {
          return {naming, std::string(outer), std::string(inner),
                  find_variants(*naming, prefix, tensors)};
        }
      }
    }
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
